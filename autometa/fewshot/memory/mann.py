"""Memory-augmented networks (Santoro et al. 2016, Meta-Learning with Memory-Augmented Neural Networks).

Shapes: B episodes, W ways, n support examples, M queries an episode; a memory of s slots of c numbers, r
    read heads.
"""

from dataclasses import dataclass, field
from typing import NamedTuple, Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from autometa.fewshot.episodes import Episodes, EpisodeShape
from autometa.fewshot.learner import FewShotLearner
from autometa.fewshot.memory.base import Embedding, EmbeddingSettings
from autometa.fewshot.memory.sequences import shuffled
from autometa.fewshot.plan import TrainingPlan


def no_embedding() -> EmbeddingSettings:
    """The examples as they are, as in the paper."""
    return EmbeddingSettings(n_features=0)


@dataclass(frozen=True, slots=True)
class MANNSettings:
    """Hyper-parameters (section 4 and its supplement).

    Attributes:
        embedding: of the examples; the paper has none.
        n_hidden: of the LSTM controller.
        n_slots: s.
        n_cells: c.
        n_heads: r, that read; each writes, too.
        usage_decay: γ of equation 4.
        key_strength: factor of the similarities below the softmax that reads, as in Graves et al. 2014
            (equation 5), where it is learned; Santoro et al. have none, which is 1. A larger one reads single
            slots from the start, and learns much sooner.
    """

    embedding: EmbeddingSettings = field(default_factory=no_embedding)
    n_hidden: int = 200
    n_slots: int = 128
    n_cells: int = 40
    n_heads: int = 4
    usage_decay: float = 0.99
    key_strength: float = 1.0


class State(NamedTuple):
    """What is carried along the sequence.

    Attributes:
        hidden: (B, H) of the controller.
        cell: (B, H) of the controller.
        memory: (B, s, c).
        reading: (B, r, s) weights of the last reading.
        usage: (B, s).
    """

    hidden: Tensor
    cell: Tensor
    memory: Tensor
    reading: Tensor
    usage: Tensor


class MANN(FewShotLearner):
    """An LSTM that writes what it saw into the least used places of a memory, and reads by content.

    The support set is shown in random order, each example with the label of the one before it, as in the
    paper; then every query takes the place of the next element, with the memory as the support set left it.
    The loss counts the queries only, where the paper's counts every element.
    """

    settings_type = MANNSettings

    def __init__(self, embedding: Embedding, *, n_way: int, settings: MANNSettings):
        super().__init__()
        self.embedding, self.settings, self.n_way = embedding, settings, n_way
        n_read = settings.n_heads * settings.n_cells
        self.controller = nn.LSTMCell(embedding.n_features + n_way, settings.n_hidden)
        self.keys = nn.Linear(settings.n_hidden, n_read)
        self.gates = nn.Linear(settings.n_hidden, settings.n_heads)
        self.head = nn.Linear(settings.n_hidden + n_read, n_way)

    @classmethod
    def build(cls, shape: EpisodeShape, settings: MANNSettings) -> Self:
        """A fresh learner for episodes of this shape."""
        return cls(Embedding(shape, settings.embedding), n_way=shape.n_way, settings=settings)

    @classmethod
    def default_plan(cls, shape: EpisodeShape) -> TrainingPlan:
        """Adam 1e-3, 16 episodes a step; the paper's RMSprop learns more slowly."""
        del shape
        return TrainingPlan(n_steps=50_000, n_episodes=16, gradient_clip=10.0)

    @property
    def is_transductive(self) -> bool:
        """True if the batch normalisation takes the statistics of the episode."""
        return self.embedding.is_transductive

    def forward(self, episodes: Episodes) -> Tensor:
        """(B, M, W)."""
        support, query = self.embedding(episodes)
        sequence, last = self._sequence(support)  # (B, n, d + W), (B, W)
        state = self._begin(sequence)
        for position in range(sequence.shape[1]):
            _, state = self._step(sequence[:, position], state)
        n_query = query.shape[1]
        asked = torch.cat([query, last[:, None].expand(-1, n_query, -1)], dim=2).flatten(0, 1)
        repeated = State(*(one.repeat_interleave(n_query, dim=0) for one in state))
        answers, _ = self._step(asked, repeated)
        return answers.reshape(len(query), n_query, self.n_way)

    def _sequence(self, support: Tensor) -> tuple[Tensor, Tensor]:
        """(B, n, d + W) examples with the label of the one before, and (B, W) the last label."""
        n_episodes, n_way, n_shot = support.shape[:3]
        ways = torch.eye(n_way, dtype=support.dtype, device=support.device).repeat_interleave(n_shot, dim=0)
        examples = torch.cat([support.flatten(1, 2), ways.expand(n_episodes, -1, -1)], dim=2)
        examples = shuffled(examples, self.generator)
        labels = examples[:, :, -n_way:]
        before = functional.pad(labels[:, :-1], (0, 0, 1, 0))
        return torch.cat([examples[:, :, :-n_way], before], dim=2), labels[:, -1]

    def _begin(self, sequence: Tensor) -> State:
        settings, n_episodes = self.settings, len(sequence)
        hidden = sequence.new_zeros((n_episodes, settings.n_hidden))
        memory = sequence.new_full((n_episodes, settings.n_slots, settings.n_cells), 1e-6)
        reading = sequence.new_zeros((n_episodes, settings.n_heads, settings.n_slots))
        return State(hidden, hidden, memory, reading, sequence.new_zeros((n_episodes, settings.n_slots)))

    def _step(self, seen: Tensor, state: State) -> tuple[Tensor, State]:
        """(B, W) logits, and the state after the memory was written and read."""
        settings = self.settings
        hidden, cell = self.controller(seen, (state.hidden, state.cell))
        keys = torch.tanh(self.keys(hidden)).reshape(len(seen), settings.n_heads, settings.n_cells)
        least = least_used(state.usage, settings.n_heads)  # (B, r, s)
        gate = torch.sigmoid(self.gates(hidden))[:, :, None]
        writing = gate * state.reading + (1.0 - gate) * least  # equation 5
        erased = state.memory * (1.0 - least.amax(dim=1))[:, :, None]
        memory = erased + writing.mT @ keys  # equation 7
        reading = torch.softmax(settings.key_strength * cosine(keys, memory), dim=2)  # equation 2
        usage = settings.usage_decay * state.usage + reading.sum(dim=1) + writing.sum(dim=1)  # equation 4
        read = (reading @ memory).flatten(1)  # equation 3
        answer: Tensor = self.head(torch.cat([hidden, read], dim=1))
        return answer, State(hidden, cell, memory, reading, usage)


def least_used(usage: Tensor, n_heads: int) -> Tensor:
    """(B, r, s) one-hot rows: the r least used slots, one for each head (equation 6).

    Args:
        usage: (B, s); no gradient passes.
        n_heads: r.
    """
    slots = usage.detach().topk(n_heads, dim=1, largest=False).indices
    return functional.one_hot(slots, usage.shape[1]).to(usage.dtype)


def cosine(keys: Tensor, memory: Tensor) -> Tensor:
    """(B, r, s) cosine similarities (equation 1).

    Args:
        keys: (B, r, c).
        memory: (B, s, c).
    """
    return functional.normalize(keys, dim=2) @ functional.normalize(memory, dim=2).mT
