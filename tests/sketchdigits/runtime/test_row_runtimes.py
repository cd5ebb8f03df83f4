"""The row network gives the same logits in both runtimes, for lines of every width."""

import copy
import os
import pickle
import sys
import threading
import tracemalloc

import keras
import numpy as np
import pytest

from sketchdigits import DigitClassifier, ModelPackageError
from sketchdigits.architectures.row_cnn import build_row_cnn
from sketchdigits.architectures.sketch_cnn import build_sketch_cnn
from sketchdigits.package.keras_files import load_weights
from sketchdigits.package.known_answer import known_line
from sketchdigits.package.litert_layout import known_layouts
from sketchdigits.runtime import litert_rows
from sketchdigits.runtime.keras_rows import KerasRowRuntime
from sketchdigits.runtime.litert_rows import LiteRTRowRuntime
from sketchdigits.runtime.protocol import RowRuntime
from tests.conftest import run_python
from tests.support.row_networks import make_row_package, random_row_files

WIDTHS = (64, 32, 128, 320, 2048, 64)


def random_line(width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (32, width)).astype(np.uint8)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The folder of a package with a row network."""
    return make_row_package(tmp_path_factory.mktemp("rows") / "package")


@pytest.fixture(scope="module")
def litert():
    return LiteRTRowRuntime(random_row_files().litert)


@pytest.mark.slow  # builds the network for Keras
def test_both_runtimes_give_the_same_logits_for_every_width(package):
    fast, slow = (
        DigitClassifier.from_pretrained(package, runtime=name).row_runtime
        for name in ("litert", "keras")
    )
    assert isinstance(fast, LiteRTRowRuntime)
    assert isinstance(slow, KerasRowRuntime)
    for seed, width in enumerate(WIDTHS):
        line = random_line(width, seed)
        logits = fast.logits(line)
        assert logits.shape == (width // 2 - 12, 12)
        assert logits.dtype == np.float32
        assert np.ptp(logits) > 0.5
        np.testing.assert_allclose(logits, slow.logits(line), atol=1e-4)


def test_interpreters_are_made_when_lines_are_read(monkeypatch):
    made = []

    class Counted(litert_rows._Interpreter):
        def __init__(self, content):
            super().__init__(content)
            made.append(self)

    monkeypatch.setattr(litert_rows, "_Interpreter", Counted)
    runtime = LiteRTRowRuntime(random_row_files().litert)
    assert not made
    for seed in range(3):
        runtime.logits(random_line(64, seed))
    assert len(made) == 1
    barrier = threading.Barrier(8)

    def read() -> None:
        barrier.wait()
        for seed in range(3):
            runtime.logits(random_line(256, seed))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) <= litert_rows.MAX_INTERPRETERS


def test_threads_with_lines_of_other_widths_get_the_same_logits_as_one(litert):
    lines = [random_line(32 * (1 + index % 5), index) for index in range(20)]
    alone = [litert.logits(line) for line in lines]
    wrong = []

    def read(first: int) -> None:
        for turn in range(20):
            index = (first + turn) % len(lines)
            if not np.array_equal(litert.logits(lines[index]), alone[index]):
                wrong.append(index)

    threads = [threading.Thread(target=read, args=(first,)) for first in range(0, 20, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_interpreter_that_fails_is_usable_again(litert):
    expected = litert.logits(known_line())
    for _ in range(2):
        with pytest.raises((ValueError, RuntimeError)):
            litert.logits(np.zeros((3, 64), np.uint8))  # too low for the convolutions
    np.testing.assert_array_equal(litert.logits(known_line()), expected)


def test_reading_many_lines_takes_no_more_memory(litert):
    litert.logits(random_line(2048))
    tracemalloc.start()
    for index in range(30):
        litert.logits(random_line(32 * (1 + index % 9)))
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 100_000


@pytest.mark.parametrize("runtime", ["litert", pytest.param("keras", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "clone",
    [copy.copy, copy.deepcopy, lambda made: pickle.loads(pickle.dumps(made))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_clone_reads_lines_with_the_same_logits(package, runtime, clone):
    classifier = DigitClassifier.from_pretrained(package, runtime=runtime)
    assert classifier.row_runtime
    expected = classifier.row_runtime.logits(known_line())
    cloned = clone(classifier).row_runtime
    np.testing.assert_allclose(cloned.logits(known_line()), expected, atol=1e-6)


# All interpreters are in use when the processes are forked, so the copies' queues are empty.
FORK = """
import multiprocessing, sys
import numpy as np
from sketchdigits import DigitClassifier
from sketchdigits.package.known_answer import known_line

def read(width):
    return float(rows.logits(np.zeros((32, width), np.uint8)).sum())

if __name__ == "__main__":
    rows = DigitClassifier.from_pretrained(sys.argv[1]).row_runtime
    expected = [read(width) for width in (64, 128, 96)]
    used = [rows._idle.get() for _ in range(rows._idle.qsize())]
    assert len(used) == 2
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map_async(read, (64, 128, 96)).get(60) == expected)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_forked_processes_read_lines(package, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(FORK)
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    done = run_python(script, package, env=environment, timeout=300)
    assert done.stdout.splitlines()[-1:] == ["True"], done.stderr[-2_000:]


def overflowing_rows(runtime: str) -> RowRuntime:
    """A row network with finite weights that are far too large."""
    if runtime == "keras":
        network = load_weights(build_row_cnn, random_row_files().weights, "row-cnn", "the file")
        layer = network.get_layer("logits")
        layer.set_weights([np.full_like(each, 3e38) for each in layer.get_weights()])
        return KerasRowRuntime(network)
    content = bytearray(random_row_files().litert)
    for start, stop in known_layouts()["row-cnn"].weights:
        content[start:stop] = np.full((stop - start) // 4, 3e38, "<f4").tobytes()
    return LiteRTRowRuntime(bytes(content))


@pytest.mark.parametrize("runtime", ["litert", "keras"])
def test_line_for_which_the_network_overflows_is_an_error(runtime):
    with pytest.raises(ModelPackageError, match="no finite answer for this image"):
        overflowing_rows(runtime).logits(random_line(64))


def test_number_is_read_with_the_row_network(package, drawing, monkeypatch):
    classifier = DigitClassifier.from_pretrained(package)
    given = []

    def read(image, predict, read_line):
        given.append(read_line)

    monkeypatch.setattr("sketchdigits.classifier.read_number", read)
    classifier.read_number(drawing)
    classifier.read_numbers([drawing])
    assert classifier.row_runtime
    assert given == [classifier.row_runtime.logits] * 2


def test_layout_of_the_file_does_not_depend_on_networks_that_were_built_before():
    """Keras numbers layers through all networks: `conv2d_10` is before `conv2d_9` as a text."""
    from sketchdigits.package.litert_export import _rename_layers

    names = []
    for _ in range(3):
        network = keras.Sequential([keras.Input((8, 8, 1))])
        for _ in range(6):
            network.add(keras.layers.Conv2D(1, 1))
        renamed = _rename_layers(network)
        names.append([layer.name for layer in renamed.layers])
        for one, other in zip(network.get_weights(), renamed.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)
    assert names[0] == names[1] == names[2] == sorted(names[0])


@pytest.mark.slow  # converts four networks
def test_networks_built_later_have_the_same_layout():
    from sketchdigits.package.litert_export import export_litert, layout_of
    from train.publish.litert_layouts import with_random_weights

    for _ in range(2):
        for build in (build_row_cnn, build_sketch_cnn):
            network = with_random_weights(build(), seed=3)
            assert layout_of(export_litert(network)) == known_layouts()[network.name]
