"""Augmentation: varies 28x28 images at random, a batch at a time, in NumPy.

Enters and leaves: `(batch, 28, 28) uint8, 0-255`, ink bright. Each digit is rotated, slanted,
stretched, shifted and bent, and its lines become thicker or thinner. The elastic field that bends
it follows Simard, Steinkraus, Platt 2003 ("Best practices for convolutional neural networks").
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from sketchdigits.preprocessing.pipeline import IMAGE_SIZE


@dataclass(frozen=True)
class AugmentationStrength:
    """How strongly `augment` varies an image. 0 turns a kind of variation off.

    Attributes:
        turn: standard deviation of the rotation, in degrees.
        shear: standard deviation of the slant, x per y.
        stretch: standard deviation of the logarithm of each axis's scale.
        shift: standard deviation of the translation along each axis, in pixels.
        bend: standard deviation of the elastic displacement at its 4x4 control points, in pixels.
        thicken, thin: the largest share, 0-1, of a one-pixel dilation or erosion.
    """

    turn: float = 6.0
    shear: float = 0.10
    stretch: float = 0.07
    shift: float = 0.8
    bend: float = 0.8
    thicken: float = 0.8
    thin: float = 0.5

    def times(self, factor: float) -> AugmentationStrength:
        """The same strength with every value multiplied by `factor`."""
        return AugmentationStrength(
            **{name: factor * value for name, value in asdict(self).items()}
        )


def augment(
    images: np.ndarray,
    rng: np.random.Generator,
    strength: AugmentationStrength = AugmentationStrength(),
) -> np.ndarray:
    """Vary every image of `(batch, 28, 28) uint8` at random. Returns the same shape and dtype."""
    warped = _sample_bilinear(images, _warp_coordinates(len(images), rng, strength))
    pressed = _vary_pressure(warped, rng, strength)
    return np.rint(np.clip(pressed, 0, 255)).astype(np.uint8)


def _warp_coordinates(
    batch: int, rng: np.random.Generator, strength: AugmentationStrength
) -> np.ndarray:
    """The input position of each output pixel: `(batch, 2, 784) float32`, y and x."""
    turn = np.deg2rad(rng.normal(0, strength.turn, batch))
    shear = rng.normal(0, strength.shear, batch)
    scale = np.exp(rng.normal(0, strength.stretch, (batch, 2)))
    cos, sin = np.cos(turn), np.sin(turn)
    # Each row: the step in input y or x for a step in output y and x. The slant moves x with y.
    linear = np.stack(
        [
            np.stack([cos * scale[:, 0], sin * scale[:, 1]], axis=1),
            np.stack([(shear * cos - sin) * scale[:, 0], (cos + shear * sin) * scale[:, 1]], 1),
        ],
        axis=1,
    ).astype(np.float32)  # (batch, 2, 2)
    centre = (IMAGE_SIZE - 1) / 2
    grid = np.indices((IMAGE_SIZE, IMAGE_SIZE), np.float32).reshape(2, -1) - centre
    shift = rng.normal(0, strength.shift, (batch, 2, 1)).astype(np.float32)
    return linear @ grid + centre + shift + _bend(batch, rng, strength.bend)


def _bend(batch: int, rng: np.random.Generator, amplitude: float) -> np.ndarray:
    """A smooth random displacement, `(batch, 2, 784) float32`, from 4x4 control points."""
    control = rng.standard_normal((batch, 2, 4, 4), np.float32) * np.float32(amplitude)
    return (_BEND_BASIS @ control @ _BEND_BASIS.T).reshape(batch, 2, -1)


def _bend_basis() -> np.ndarray:
    """The weight of each control point at each pixel, raised cosines: `(28, 4) float32`."""
    position = np.linspace(0, 3, IMAGE_SIZE)[:, None]
    distance = np.clip(np.abs(position - np.arange(4)), 0, 1)
    return ((1 + np.cos(np.pi * distance)) / 2).astype(np.float32)


_BEND_BASIS = _bend_basis()


def _sample_bilinear(images: np.ndarray, coordinates: np.ndarray) -> np.ndarray:
    """Sample `(batch, 28, 28) uint8` at `(batch, 2, 784)`, 0 outside: `(batch, 28, 28) float32`."""
    batch, pad = len(images), 1
    side = IMAGE_SIZE + 2 * pad
    padded = np.pad(images, ((0, 0), (pad, pad), (pad, pad))).reshape(-1).astype(np.float32)
    y, x = (np.clip(coordinates[:, axis] + pad, 0, side - 1.001) for axis in range(2))
    top, left = y.astype(np.int32), x.astype(np.int32)
    down, right = y - top, x - left
    corner = np.arange(batch, dtype=np.int32)[:, None] * (side * side) + top * side + left
    upper = padded[corner] * (1 - right) + padded[corner + 1] * right
    lower = padded[corner + side] * (1 - right) + padded[corner + side + 1] * right
    return (upper * (1 - down) + lower * down).reshape(batch, IMAGE_SIZE, IMAGE_SIZE)


def _vary_pressure(
    images: np.ndarray, rng: np.random.Generator, strength: AugmentationStrength
) -> np.ndarray:
    """Blend a third of the images with their dilation, and a third with their erosion."""
    choice = rng.random(len(images))
    amount = rng.random((len(images), 1, 1), np.float32)
    thicker, thinner = choice < 1 / 3, choice > 2 / 3
    pressed = images.copy()
    for chosen, extreme, limit in (
        (thicker, np.maximum, strength.thicken),
        (thinner, np.minimum, strength.thin),
    ):
        subset = images[chosen]
        pressed[chosen] += (_neighbour_extreme(subset, extreme) - subset) * (
            amount[chosen] * np.float32(limit)
        )
    return pressed


def _neighbour_extreme(images: np.ndarray, extreme: np.ufunc) -> np.ndarray:
    """The maximum or minimum of each pixel and its four neighbours."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    result = images
    for neighbour in (
        padded[:, :-2, 1:-1],
        padded[:, 2:, 1:-1],
        padded[:, 1:-1, :-2],
        padded[:, 1:-1, 2:],
    ):
        result = extreme(result, neighbour)
    return result
