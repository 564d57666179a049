"""Decoding and resizing images, with Pillow.

Shapes: h × w pixels, c channels (1 grey, 3 colour).
"""

from importlib.util import find_spec
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from autometa.errors import InvalidDatasetError, UnknownNameError


def decode_image(content: bytes, *, grey: bool) -> NDArray[np.uint8]:
    """(h, w, c) pixels of a PNG, JPEG or whatever else Pillow reads.

    Raises:
        InvalidDatasetError: it is no image.
        UnknownNameError: Pillow is not installed.
    """
    require_pillow()
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(content)) as image:
            pixels = np.asarray(image.convert("L" if grey else "RGB"))
    except (UnidentifiedImageError, OSError) as error:
        raise InvalidDatasetError(
            f"an image cannot be decoded: {error}; leave it out or repair it"
        ) from error
    return pixels.reshape(*pixels.shape[:2], -1)


def resized(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """(size, size, c): the central square, by Lanczos' filter, as the few-shot papers did."""
    from PIL import Image

    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = pixels[top : top + side, left : left + side]
    if side == size:
        return square
    channels = [
        np.asarray(Image.fromarray(square[:, :, channel]).resize((size, size), Image.Resampling.LANCZOS))
        for channel in range(square.shape[2])
    ]
    return np.stack(channels, axis=2)


def require_pillow() -> None:
    """Raise unless images can be decoded here.

    Raises:
        UnknownNameError: Pillow is not installed.
    """
    if find_spec("PIL") is None:
        raise UnknownNameError("reading images needs the package pillow; pip install 'autometa[fewshot]'")
