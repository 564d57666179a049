"""The room of a trace is taken again, and what outlives the trace is not in it."""

import torch

from autometa.devices import make_generator
from autometa.learned_optimizers import LSTMOptimizer, LSTMSettings
from autometa.learned_optimizers.meta_training.unroll import Position, advance, begin
from autometa.learned_optimizers.tasks import Quadratics
from autometa.learned_optimizers.trace import Room


def test_the_next_trace_gets_the_same_memory_as_long_as_it_fits() -> None:
    room, like = Room(), (torch.zeros(2, 7), torch.zeros(2, 3))
    first = room.take("gates", 0, like=like, n_rows=5)
    assert [value.shape for value in first] == [(5, 7), (5, 3)]
    assert room.take("gates", 0, like=like, n_rows=5) is first
    assert room.take("gates", 1, like=like, n_rows=5) is not first
    assert room.take("state", 0, like=like, n_rows=5) is not first
    wider = room.take("gates", 0, like=tuple(value.double() for value in like), n_rows=4)
    assert [(value.shape, value.dtype) for value in wider] == [
        ((4, 7), torch.float64),
        ((4, 3), torch.float64),
    ]
    assert room.take("gates", 0, like=like[:1], n_rows=4)[0].shape == (4, 7)


def test_a_position_stays_as_it_was_when_later_traces_take_the_room() -> None:
    optimizer, room = LSTMOptimizer.build(LSTMSettings(n_hidden=4)), Room()
    tasks = Quadratics(5).sample(3, generator=make_generator(0))
    start = begin(optimizer, tasks, generator=make_generator(1))

    def after(position: Position, room: Room) -> Position:
        settings = {"n_steps": 3, "objective": "loss", "generator": make_generator(1)}
        return advance(optimizer, tasks, position, **settings, room=room)[0]

    first = after(start, room)
    kept = [value.clone() for value in first.state]
    second = after(first, room)
    torch.testing.assert_close(list(first.state), kept, rtol=0, atol=0)
    alone = after(after(start, Room()), Room())
    torch.testing.assert_close(list(second.state), list(alone.state), rtol=0, atol=0)
    torch.testing.assert_close(second.params, alone.params, rtol=0, atol=0)
