"""Where tensors live and where randomness comes from: devices and generators. Costs torch."""

import torch

from autometa.errors import UnknownNameError


def resolve_device(name: str | torch.device = "auto") -> torch.device:
    """The device of this name, only if it is there.

    Args:
        name: "cpu", "cuda", "cuda:1", "mps"…; "auto" takes the first GPU, and the processor if there is none.

    Raises:
        UnknownNameError: no such device here; a GPU that was asked for is never replaced by the processor.
    """
    if str(name) == "auto":
        return torch.device(available_devices()[-1] if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise UnknownNameError.of("device", str(name), ["auto", *available_devices()]) from error
    seen = f"{device.type}:{device.index or 0}" if device.type == "cuda" else device.type
    if seen not in available_devices():
        raise UnknownNameError(
            f"no device {str(name)!r} here; there are: {', '.join(available_devices())}; "
            "choose one of them, or 'auto' for the best"
        )
    return device


def available_devices() -> tuple[str, ...]:
    """Names of the devices of this machine, the processor first, the first GPU last."""
    gpus = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return ("cpu", *mps, *reversed(gpus))


def make_generator(seed: int, device: str | torch.device = "cpu") -> torch.Generator:
    """A generator on this device that starts from this seed."""
    return torch.Generator(device).manual_seed(seed)
