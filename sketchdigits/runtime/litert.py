"""A network that LiteRT runs: the same answers as Keras's, without TensorFlow.

One image takes a quarter of a millisecond, and batches would take no less an image, so images are
read one by one. An interpreter serves one thread at a time: there is one for each core.
"""

from __future__ import annotations

import os
import queue
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from ai_edge_litert.interpreter import Interpreter

# More would only take memory: a small network's own threads gain nothing.
MAX_INTERPRETERS = 4
# Fewer images than these aren't worth handing to another thread.
MIN_SHARED = 8


class LiteRTNetwork:
    """`(n, 28, 28) uint8` -> `(n, 10) float32` logits. It may be shared between threads."""

    def __init__(self, content: bytes) -> None:
        """Load a LiteRT file that `check_layout` has passed.

        Raises:
            ValueError, RuntimeError: LiteRT can't run it.
        """
        count = min(MAX_INTERPRETERS, os.cpu_count() or 1)
        self._idle: queue.LifoQueue[Interpreter] = queue.LifoQueue()
        for _ in range(count):
            interpreter = Interpreter(model_content=content, num_threads=1)
            interpreter.allocate_tensors()
            self._idle.put(interpreter)
        self._input = interpreter.get_input_details()[0]["index"]
        self._output = interpreter.get_output_details()[0]["index"]

    def logits(self, images: np.ndarray) -> np.ndarray:
        """`(n, 28, 28) uint8, 0-255` -> `(n, 10) float32`."""
        # Where other threads read already, there is nobody to share with.
        idle = min(self._idle.qsize(), len(images) // MIN_SHARED)
        if idle < 2:
            return self._read(images)
        parts = np.array_split(images, idle)
        with ThreadPoolExecutor(idle) as threads:
            return np.concatenate(list(threads.map(self._read, parts)))

    def _read(self, images: np.ndarray) -> np.ndarray:
        pixels = images[:, None, ..., None].astype(np.float32)
        logits = np.empty((len(images), 10), np.float32)
        interpreter = self._idle.get()
        try:
            for image, answer in zip(pixels, logits, strict=True):
                interpreter.set_tensor(self._input, image)
                interpreter.invoke()
                answer[:] = interpreter.get_tensor(self._output)[0]
        finally:
            self._idle.put(interpreter)
        return logits
