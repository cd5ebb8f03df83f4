"""The golden cases of preprocessing: drawings, and the 28x28 image that each must give.

They are stored as `tests/golden/NAME.drawing.png` and `NAME.seen.png`. After an intended change of
preprocessing, run `python -m tests.support.golden_cases`, which writes all of them again, and look
at the images before you commit them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from sketchdigits import preprocess_drawing
from tests.support.polylines import draw

GOLDEN = Path(__file__).parent.parent / "golden"


def golden_drawings() -> dict[str, np.ndarray]:
    """Name -> drawing, `(H, W) uint8` or `(H, W, 3|4) uint8`."""
    dusty = draw(3, size=200, extent=0.5)
    dusty[5:8, 180:183] = dusty[190:192, 10:13] = dusty[20:22, 20:22] = 0
    framed = draw(5, size=200, extent=0.5)
    framed[:2] = framed[-2:] = 0
    framed[:, :2] = framed[:, -2:] = 0
    return {
        "black-on-white": draw(2, size=200),
        "white-on-black": draw(2, size=200, ink=(255,), background=(0,)),
        "blue-on-yellow": draw(4, size=200, ink=(0, 0, 255), background=(255, 255, 0)),
        "white-on-transparent": draw(
            6, size=200, ink=(255, 255, 255, 255), background=(0, 0, 0, 0)
        ),
        "faint": draw(7, size=200, ink=(232,), background=(255,)),
        "hairline": draw(8, size=400, width=0.004, extent=0.9),
        "marker": draw(0, size=200, width=0.24),
        "small-in-the-corner": draw(9, size=400, extent=0.12, position=(1, 1)),
        "tiny-canvas": draw(1, size=12, extent=0.9, width=0.15),
        "dust": dusty,
        "frame": framed,
    }


def main() -> None:
    """Write the files of every case."""
    GOLDEN.mkdir(exist_ok=True)
    for name, drawing in golden_drawings().items():
        Image.fromarray(drawing).save(GOLDEN / f"{name}.drawing.png", optimize=True)
        Image.fromarray(preprocess_drawing(drawing)).save(GOLDEN / f"{name}.seen.png")


if __name__ == "__main__":
    main()
