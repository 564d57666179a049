"""Episodes of assays: a support set of active and inactive compounds, and other compounds of the same assay.

Shapes: B episodes, 2 ways, S shots, Q queries a way, t assays.
"""

from typing import Literal

import torch
from torch import Tensor

from autometa.errors import InvalidDatasetError
from autometa.fewshot.data.molecules import Assays, unpacked
from autometa.fewshot.episodes import Episodes, EpisodeShape
from autometa.fewshot.sampler import RowDraw
from autometa.fewshot.variable_sampler import padded_episodes


class AssaySampler:
    """Episodes of one random assay each; way 0 is inactive, way 1 active.

    Args:
        assays: to draw from; those with fewer than S + 1 compounds of a class are left out.
        shot: S, compounds of each class in a balanced support set; half the size of a stratified one.
        query: most queries of a class; None takes all other compounds of the assay.
        generator: on the device of the data.
        support: "balanced" as for Tox21, or "stratified": 2 S compounds in the assay's own proportion, at
            least one of each class, as in FS-Mol.

    Raises:
        InvalidDatasetError: no assay has enough compounds.
    """

    def __init__(
        self,
        assays: Assays,
        *,
        shot: int,
        query: int | None,
        generator: torch.Generator,
        support: Literal["balanced", "stratified"] = "balanced",
    ):
        counts = assays.compounds.counts.reshape(-1, 2)  # (t, 2)
        self._shots = _shots(counts, shot, is_stratified=support == "stratified")
        enough = (counts > self._shots).all(dim=1)
        if not bool(enough.any()):
            raise InvalidDatasetError(
                f"none of {len(assays.names)} assays has more than {shot} active and inactive compounds; "
                "choose fewer shots"
            )
        self._usable, self._counts = enough.nonzero().flatten(), counts
        self._data, self.generator = assays.compounds, generator
        self._draw = RowDraw(self._data, generator)
        most = int((counts - self._shots)[enough].max())
        self._n_query = most if query is None else min(query, most)
        self._is_full = support == "balanced" and bool((counts - shot >= self._n_query)[enough].all())
        n_bits = 8 * self._data.feature_shape[0]
        self.shape = EpisodeShape((n_bits,), 2, int(self._shots[enough].max()), self._n_query)

    def sample(self, n_episodes: int) -> Episodes:
        """B fresh episodes of bits as float32; with masks if any assay may leave places empty."""
        chosen = torch.randint(
            len(self._usable), (n_episodes,), generator=self.generator, device=self.generator.device
        )
        assays = self._usable[chosen]  # (B,)
        classes = torch.stack([2 * assays, 2 * assays + 1], dim=1)
        shots = self._shots[assays]  # (B, 2)
        queries = (self._counts[assays] - shots).clamp(max=self._n_query)
        n_rows = min(self.shape.n_shot + self._n_query, int(self._counts.max()))
        rows = self._draw.rows(classes, n_rows)
        found = padded_episodes(self._data.examples, rows, shots=shots, queries=queries, normalise=unpacked)
        return found._replace(support_mask=None, query_mask=None) if self._is_full else found


def _shots(counts: Tensor, shot: int, *, is_stratified: bool) -> Tensor:
    """(t, 2) support examples of each class."""
    if not is_stratified:
        return torch.full_like(counts, shot)
    share = counts[:, 1] / counts.sum(dim=1)
    active = (2 * shot * share).round().long().clamp(min=1, max=2 * shot - 1)
    return torch.stack([2 * shot - active, active], dim=1)
