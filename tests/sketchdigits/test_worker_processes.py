"""A classifier travels to other processes: by pickle, spawn, fork and joblib."""

import copy
import os
import pickle
import sys

import numpy as np
import pytest

from sketchdigits import DigitClassifier
from tests.conftest import run_python
from tests.support.hub_server import TOKEN
from tests.support.polylines import draw

# Each script prints the labels that other processes found for drawings of 0 to 9.
START = """
import multiprocessing, sys
from sketchdigits import DigitClassifier
from tests.support.polylines import draw

def read(drawing):
    return classifier.predict(drawing)

if __name__ == "__main__":
    drawings = [draw(digit) for digit in range(10)]
    classifier = DigitClassifier.from_pretrained()
"""
SPAWN = """
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        print([answer.label for answer in pool.map(classifier.predict, drawings)])
"""
# Nothing is pickled here: the processes have copies of the classifier. While they are forked, other
# threads use all interpreters, so the copies' queues are empty.
FORK = """
    queue = classifier._runtime._idle
    used = [queue.get() for _ in range(queue.qsize())]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print([answer.label for answer in pool.map_async(read, drawings).get(60)])
"""
JOBLIB = """
    from joblib import Parallel, delayed
    work = Parallel(n_jobs=2)(delayed(classifier.predict)(drawing) for drawing in drawings)
    print([answer.label for answer in work])
"""


@pytest.mark.parametrize(
    "way",
    [
        SPAWN,
        pytest.param(
            FORK, marks=pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
        ),
        JOBLIB,
    ],
    ids=["spawn", "fork", "joblib"],
)
def test_worker_processes_read_with_the_same_classifier(way, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(START + way)
    done = run_python(script, env={**os.environ, "PYTHONPATH": os.getcwd()}, timeout=300)
    assert done.stdout.splitlines()[-1:] == [str([*range(10)])], done.stderr[-2_000:]


@pytest.mark.parametrize(
    "clone",
    [copy.copy, copy.deepcopy, lambda made: pickle.loads(pickle.dumps(made))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_clone_gives_the_same_answers(classifier, clone):
    clone = clone(classifier)
    assert clone.settings == classifier.settings
    assert clone.runtime == classifier.runtime
    for digit in (2, 7):
        expected = classifier.predict(draw(digit))
        answer = clone.predict(draw(digit))
        np.testing.assert_array_equal(answer.probabilities, expected.probabilities)
        assert answer.verdict == expected.verdict


def test_pickled_fine_tuned_classifier_keeps_its_weights(classifier):
    made = copy.deepcopy(classifier)
    weights = [0.5 * each for each in made.network.get_weights()]
    made.network.set_weights(weights)
    again = pickle.loads(pickle.dumps(made))
    assert again.runtime == "keras"
    for one, other in zip(again.network.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(one, other)
    expected = made.predict(draw(3)).probabilities
    np.testing.assert_allclose(again.predict(draw(3)).probabilities, expected, atol=1e-6)


def test_pickle_holds_no_token_of_the_hub(published):
    made = DigitClassifier.from_pretrained("owner/name", token=TOKEN)
    assert TOKEN.encode() not in pickle.dumps(made)
    again = pickle.loads(pickle.dumps(made))
    assert again.snapshot == made.snapshot
    assert again.predict(draw(3)).label == 3
    assert TOKEN in str(made._source)  # the original can still use it
