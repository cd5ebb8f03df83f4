"""The interface of a runtime; `LiteRTRuntime` and `KerasRuntime` implement it."""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np


class Runtime(Protocol):
    """A loaded network. It may be shared between threads."""

    @property
    def name(self) -> Literal["litert", "keras"]:
        """The name of the runtime."""
        ...

    def logits(self, images: np.ndarray) -> np.ndarray:
        """`(n, 28, 28) uint8, 0-255, ink bright` -> `(n, 10) float32` logits."""
        ...
