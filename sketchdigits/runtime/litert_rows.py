"""The LiteRT runtime of the row network: reads one line, of any width.

An interpreter has one width at a time; changing it takes half a millisecond. Interpreters are made
when the first lines are read, so that they cost nothing where only single digits are read.
"""

from __future__ import annotations

import os
import queue

import numpy as np

from sketchdigits.architectures.row_cnn import NUM_SYMBOLS
from sketchdigits.prediction import check_finite

# Lines that are read at the same time. Each interpreter may hold 20 MB for a long line.
MAX_INTERPRETERS = 2


class LiteRTRowRuntime:
    """Runs the content of a row network's LiteRT file. It may be shared between threads."""

    def __init__(self, content: bytes) -> None:
        """Keep the content of a LiteRT file that `check_layout` has accepted."""
        self._content = content
        self._start()

    def __reduce__(self) -> tuple[type[LiteRTRowRuntime], tuple[bytes]]:
        """Pickle the file's content: interpreters can't be pickled."""
        return LiteRTRowRuntime, (self._content,)

    def _start(self) -> None:
        # The last one that was put is the first one that is taken: so the second interpreter is
        # made only if the first one is in use.
        idle: queue.LifoQueue[_Interpreter | None] = queue.LifoQueue()
        for _ in range(MAX_INTERPRETERS):
            idle.put(None)
        self._idle = idle
        self._process = os.getpid()

    def logits(self, line: np.ndarray) -> np.ndarray:
        """`(32, width) uint8, 0-255, ink bright` -> `(steps, 12) float32`; see `RowRuntime`.

        Raises:
            ModelPackageError: a logit is NaN or infinite.
            ValueError, RuntimeError: LiteRT can't run the file.
        """
        # A forked process has a copy of the queue, without those interpreters that were in use.
        if self._process != os.getpid():
            self._start()
        interpreter = self._idle.get()
        try:
            if interpreter is None:
                interpreter = _Interpreter(self._content)
            logits = interpreter.run(line)
        finally:
            self._idle.put(interpreter)
        check_finite(logits)
        return logits


class _Interpreter:
    """A LiteRT interpreter, which serves one thread at a time, and its present width."""

    def __init__(self, content: bytes) -> None:
        from ai_edge_litert.interpreter import Interpreter  # here: it takes a tenth of a second

        self._interpreter = Interpreter(model_content=content, num_threads=1)
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._shape: tuple[int, ...] | None = None

    def run(self, line: np.ndarray) -> np.ndarray:
        pixels = line[None, ..., None].astype(np.float32)
        if pixels.shape != self._shape:
            self._shape = None  # unknown, if one of these fails
            self._interpreter.resize_tensor_input(self._input, pixels.shape)
            self._interpreter.allocate_tensors()
            self._shape = pixels.shape
        self._interpreter.set_tensor(self._input, pixels)
        self._interpreter.invoke()
        return self._interpreter.get_tensor(self._output).reshape(-1, NUM_SYMBOLS)
