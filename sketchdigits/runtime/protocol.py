"""The interfaces of runtimes: one of networks that read digits, one of those that read lines."""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np


class Runtime(Protocol):
    """A loaded network that reads digits. It may be shared between threads.

    `LiteRTRuntime` and `KerasRuntime` implement it.
    """

    @property
    def name(self) -> Literal["litert", "keras"]:
        """The name of the runtime."""
        ...

    def logits(self, images: np.ndarray) -> np.ndarray:
        """`(n, 28, 28) uint8, 0-255, ink bright` -> `(n, 10) float32` logits."""
        ...


class RowRuntime(Protocol):
    """A loaded row network. It may be shared between threads.

    `LiteRTRowRuntime` and `KerasRowRuntime` implement it.
    """

    def logits(self, line: np.ndarray) -> np.ndarray:
        """Read a line: `(32, width) uint8, 0-255, ink bright` -> `(steps, 12) float32` logits.

        `width` is a multiple of 32, at most 2048; there are `width / 2 - 12` steps. A step's
        logits are those of the ten digits, of something that is no digit, and of the blank.

        Raises:
            ModelPackageError: a logit is NaN or infinite.
        """
        ...
