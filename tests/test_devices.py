"""Devices: what was asked for is what is used, or an error."""

import pytest
import torch

from autometa.devices import available_devices, make_generator, resolve_device
from autometa.errors import UnknownNameError


def test_the_processor_is_always_there() -> None:
    assert resolve_device("cpu") == torch.device("cpu")
    assert available_devices()[0] == "cpu"


def test_auto_takes_a_gpu_only_if_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device("auto") == torch.device("cpu")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve_device("auto") == torch.device("cuda:0")
    assert resolve_device("cuda:1") == torch.device("cuda:1")
    assert resolve_device("cuda") == torch.device("cuda")


@pytest.mark.parametrize("name", ["cuda:9", "mps:1", "xpu"])
def test_a_device_that_is_not_there_is_never_replaced(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(UnknownNameError, match=f"no device '{name}' here; there are: cpu"):
        resolve_device(name)


def test_a_misspelt_device_is_guessed() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'cpu'"):
        resolve_device("cpuu")


def test_generators_repeat_and_leave_the_global_state_alone() -> None:
    before = torch.get_rng_state()
    first, again = (torch.rand(3, generator=make_generator(5)) for _ in range(2))
    assert torch.equal(first, again)
    assert torch.equal(before, torch.get_rng_state())
