"""Small families and data for the tests of this room."""

import torch

from autometa.devices import make_generator
from autometa.learned_optimizers.tasks import LabelledData, OmniglotConvFamily


def small_data() -> LabelledData:
    """Forty rows of four features in three classes that a line can tell apart."""
    generator = make_generator(0)
    inputs = torch.randn((40, 4), generator=generator)
    return LabelledData("small", inputs, inputs[:, :3].argmax(dim=1), 3)


def small_drawings() -> OmniglotConvFamily:
    """Six characters of noise."""
    drawings = torch.randint(0, 255, (6, 4, 28, 28), generator=make_generator(0), dtype=torch.uint8)
    return OmniglotConvFamily(drawings, n_way=3, n_filters=4, n_layers=2, batch_size=5)
