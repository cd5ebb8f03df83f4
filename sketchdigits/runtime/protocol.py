"""What a runtime offers; `LiteRTRuntime` and `KerasRuntime` do."""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np


class Runtime(Protocol):
    """A loaded network. It may be shared between threads."""

    @property
    def name(self) -> Literal["litert", "keras"]:
        """Which runtime it is."""
        ...

    def logits(self, images: np.ndarray) -> np.ndarray:
        """`(n, 28, 28) uint8, 0-255, ink bright` -> `(n, 10) float32` logits."""
        ...
