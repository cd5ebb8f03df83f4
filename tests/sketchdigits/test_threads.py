"""One prediction computes on one thread: more would only wait for each other."""

import os
from pathlib import Path

import pytest

from tests.conftest import run_python

# Prints the CPU time of all threads but the main one, in milliseconds, during 20 predictions.
PREDICT = """
import os
from pathlib import Path
from sketchdigits import DigitClassifier
from tests.support.polylines import draw

def others():
    tasks = [task for task in Path("/proc/self/task").iterdir() if int(task.name) != os.getpid()]
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e6

classifier = DigitClassifier.from_pretrained("model")
drawing = draw(0, size=420, extent=0.74)  # the crop has about 311 pixels a side
classifier.predict(drawing)
before = others()
for _ in range(20):
    classifier.predict(drawing)
print(others() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="needs Linux's /proc")
def test_prediction_uses_one_thread():
    done = run_python("-c", PREDICT, env={**os.environ, "OPENBLAS_NUM_THREADS": "4"})
    assert float(done.stdout) < 0.5, done.stderr
