"""The LiteRT runtime: the same logits as Keras, without TensorFlow.

LiteRT takes a quarter of a millisecond for one image, and a batch is no faster per image: so
images run one by one. An interpreter serves one thread at a time, so there is one per core, up to
`MAX_INTERPRETERS`.
"""

from __future__ import annotations

import os
import queue
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from ai_edge_litert.interpreter import Interpreter

# More would only take memory: a network as small as ours gains nothing from more threads.
MAX_INTERPRETERS = 4
# Each thread gets at least this many images: it is not worth starting one for fewer.
MIN_IMAGES_PER_THREAD = 8


class LiteRTRuntime:
    """Runs the content of a LiteRT file. It may be shared between threads."""

    name: Literal["litert"] = "litert"

    def __init__(self, content: bytes) -> None:
        """Load a LiteRT file that `check_layout` has accepted.

        Raises:
            ImportError: LiteRT is not installed.
            ValueError, RuntimeError: LiteRT can't run it.
        """
        self._content = content
        self._start()

    def __reduce__(self) -> tuple[type[LiteRTRuntime], tuple[bytes]]:
        """Pickle the file's content: interpreters can't be pickled."""
        return LiteRTRuntime, (self._content,)

    def _start(self) -> None:
        from ai_edge_litert.interpreter import Interpreter  # here: it takes a tenth of a second

        idle: queue.LifoQueue[Interpreter] = queue.LifoQueue()
        for _ in range(min(MAX_INTERPRETERS, os.cpu_count() or 1)):
            interpreter = Interpreter(model_content=self._content, num_threads=1)
            interpreter.allocate_tensors()
            idle.put(interpreter)
        self._input = interpreter.get_input_details()[0]["index"]
        self._output = interpreter.get_output_details()[0]["index"]
        self._idle = idle
        self._process = os.getpid()

    def logits(self, images: np.ndarray) -> np.ndarray:
        """`(n, 28, 28) uint8, 0-255, ink bright` -> `(n, 10) float32` logits."""
        # A forked process has a copy of the queue, without those interpreters that were in use: the
        # threads that would give them back exist only in the other process.
        if self._process != os.getpid():
            self._start()
        # Share the work only between interpreters that no other thread uses now.
        idle = min(self._idle.qsize(), len(images) // MIN_IMAGES_PER_THREAD)
        if idle < 2:
            return self._run(images)
        parts = np.array_split(images, idle)
        with ThreadPoolExecutor(idle) as threads:
            return np.concatenate(list(threads.map(self._run, parts)))

    def _run(self, images: np.ndarray) -> np.ndarray:
        pixels = images[:, None, ..., None].astype(np.float32)
        logits = np.empty((len(images), 10), np.float32)
        interpreter = self._idle.get()
        try:
            for image, row in zip(pixels, logits, strict=True):
                interpreter.set_tensor(self._input, image)
                interpreter.invoke()
                row[:] = interpreter.get_tensor(self._output)[0]
        finally:
            self._idle.put(interpreter)
        return logits
