"""The processes of one training: several under `torchrun`, each with its own episodes; else one.

All of them hold the same weights: gradients, running averages and metrics are averaged in every step. What
is decided by one (to stop, what is best) is decided for all, so that nobody waits for somebody who is gone.
"""

import atexit
import os
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn

from autometa.errors import TrainingError


@dataclass(frozen=True, slots=True)
class Processes:
    """All processes, as one of them sees them; every method must be called by all of them alike.

    Attributes:
        rank: of this one, from 0; the first one writes.
        size: how many there are.
        device: of the tensors that travel.
    """

    rank: int
    size: int
    device: torch.device

    @property
    def is_first(self) -> bool:
        """True for the one that writes files and reports."""
        return self.rank == 0

    def meet(self) -> None:
        """Go on when all have come here: what the first one wrote before is there."""
        if self.size > 1:
            distributed.barrier()

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Replace the tensors by their means over the processes, in one message."""
        if self.size == 1 or not tensors:
            return
        flat = torch.cat([one.detach().flatten().to(self.device) for one in tensors])
        distributed.all_reduce(flat)
        parts = torch.split(flat / self.size, [one.numel() for one in tensors])
        for one, mean in zip(tensors, parts, strict=True):
            one.detach().copy_(mean.reshape(one.shape))

    def share(self, learner: nn.Module) -> None:
        """Give all the first one's weights and buffers."""
        if self.size > 1:
            for value in learner.state_dict().values():
                distributed.broadcast(value, src=0)

    def is_any(self, flag: bool) -> bool:
        """True if one of them says so."""
        if self.size == 1:
            return flag
        said = torch.tensor(float(flag), device=self.device)
        distributed.all_reduce(said)
        return bool(said > 0)

    def first(self, value: float | None) -> float:
        """What the first one says; the others' values are not looked at."""
        known = 0.0 if value is None else value
        if self.size == 1:
            return known
        said = torch.tensor(known, dtype=torch.float64, device=self.device)
        distributed.broadcast(said, src=0)
        return float(said)

    def gathered(self, state: Tensor) -> Tensor:
        """(size, n) bytes of all, of (n,) of each; (n,) as it is where there is one process."""
        if self.size == 1:
            return state
        found = [torch.empty_like(state, device=self.device) for _ in range(self.size)]
        distributed.all_gather(found, state.to(self.device))
        return torch.stack(found).cpu()


def all_processes(device: torch.device) -> Processes:
    """The processes that `torchrun` started, or this one alone.

    They are connected at the first call, and stay so until they end; a connection that is there already is
    used.

    Args:
        device: of the learner; a GPU of its own for each process, or the processor.
    """
    if not distributed.is_available() or not (distributed.is_initialized() or _are_several()):
        return Processes(0, 1, device)
    if not distributed.is_initialized():
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
        atexit.register(distributed.destroy_process_group)
    return Processes(distributed.get_rank(), distributed.get_world_size(), device)


def own_device(device: torch.device) -> torch.device:
    """Of this process: where `torchrun` started several and a GPU was asked for, the one of its number.

    Raises:
        TrainingError: more processes than GPUs on this machine.
    """
    if device.type != "cuda" or not _are_several():
        return device
    number, n_devices = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
    if number >= n_devices:
        raise TrainingError(
            f"process {number + 1} of this machine has no GPU of its own, there are {n_devices}; "
            f"start {n_devices}, or use --device cpu"
        )
    torch.cuda.set_device(number)
    return torch.device("cuda", number)


def _are_several() -> bool:
    return int(os.environ.get("WORLD_SIZE", "1")) > 1
