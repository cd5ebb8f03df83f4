"""A tutorial's model from `fit` to the Hub and the page, and `--as-published`."""

import contextlib
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from sketchdigits import DigitClassifier
from tests.conftest import use_small_mnist
from tests.support.polylines import draw
from tests.support.running_app import running_app
from train.__main__ import main
from train.datasets import DatasetPaths
from train.fit.training_data import load_published_split

FIT = ["fit", "--architecture", "mlp-512", "--epochs", "2"]


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """A folder where a tutorial was fitted with the default folders."""
    folder = tmp_path_factory.mktemp("tutorial")
    with pytest.MonkeyPatch.context() as patch:
        use_small_mnist(patch)
        patch.chdir(folder)
        assert main([*FIT, "--seed", "3"]) == 0
    return folder


@pytest.fixture(scope="module")
def tutorial(fitted):
    """The same folder, where the tutorial was also evaluated and packaged.

    Returns the folder, and what `evaluate` and `package` printed.
    """
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        use_small_mnist(patch)
        patch.chdir(fitted)
        with contextlib.redirect_stdout(printed):
            assert main(["evaluate", "--architecture", "mlp-512"]) == 0
            assert main(["package", "--architecture", "mlp-512"]) == 0
    return fitted, printed.getvalue()


def test_tutorial_is_published_and_loaded_from_the_hub(tutorial, hub, logged_in):
    folder, printed = tutorial
    run = folder / "runs" / "mlp-512"
    assert "n=100  MNIST test" in printed
    assert f"MODEL_ID={Path('runs') / 'mlp-512' / 'package'}" in printed
    assert main(["publish", "--repo-id", "owner/name", "--package", str(run / "package")]) == 0

    published = DigitClassifier.from_pretrained("owner/name")
    assert published.settings.architecture == "mlp-512"
    ours = DigitClassifier.from_pretrained(run)
    expected = ours.predict(draw(4)).probabilities  # by Keras; the published model, by LiteRT
    np.testing.assert_allclose(published.predict(draw(4)).probabilities, expected, atol=1e-6)
    card = (run / "package" / "README.md").read_text()
    assert "# mlp-512: a tutorial's network" in card
    assert "Handwritten digits with Keras" in card
    assert "RMSprop, learning rate 0.001, batch 128, 2 epochs" in card
    assert "| augmentation | none |" in card
    assert (
        "`python -m train fit --architecture mlp-512 --data mnist --epochs 2 --seed 3` with "
        "`--mnist` naming the file"
    ) in card
    assert "not clean" not in card


def test_packaging_a_tutorial_leaves_our_model_alone(tutorial, small_mnist, tmp_path):
    folder, _ = tutorial
    assert (folder / "runs" / "mlp-512" / "package" / "README.md").is_file()
    assert not (folder / "model").exists()

    # The output can also be the run's own folder.
    run = str(shutil.copytree(folder / "runs" / "mlp-512", tmp_path / "run"))
    assert main(["package", "--run", run, "--output", run]) == 0
    assert DigitClassifier.from_pretrained(run).settings.architecture == "mlp-512"
    assert (Path(run) / "README.md").is_file()


@pytest.mark.slow
def test_app_serves_a_run_folder(fitted, tmp_path):
    run = fitted / "runs" / "mlp-512"
    path = tmp_path / "seven.png"
    Image.fromarray(draw(7)).save(path)
    with running_app(tmp_path, MODEL_ID=str(run)) as url:
        answer = Client(url, verbose=False).predict(handle_file(str(path)), api_name="/predict")
    expected = DigitClassifier.from_pretrained(run).predict(path)
    assert answer["label"] == str(expected.label)
    assert answer["confidences"][0]["confidence"] == pytest.approx(expected.top(1)[0][1], abs=1e-4)


@pytest.mark.slow
def test_as_published_validates_on_the_test_split_and_says_so(small_mnist, tmp_path, capsys):
    run = tmp_path / "run"
    assert main([*FIT, "--as-published", "--run", str(run)]) == 0
    assert main(["evaluate", "--run", str(run)]) == 0
    printed = capsys.readouterr().out
    assert "it was validated on the test split" in printed
    assert main(["package", "--run", str(run)]) == 0
    card = (run / "package" / "README.md").read_text()
    assert "**MNIST's test split is not clean here**" in card
    assert "kept out of training\nand of every choice" not in card
    assert "--as-published" in card

    metrics = json.loads((run / "metrics.json").read_text())
    everything = len(small_mnist.train) + len(small_mnist.validation)
    assert metrics["training"]["data_sizes"]["mnist"] == {"train": everything, "validation": 0}
    assert metrics["training"]["temperature"] == 1.0
    history = json.loads((run / "history.json").read_text())
    watched = history[-1]["validation_accuracy"]["mnist test split"]
    assert watched == metrics["test"]["MNIST test"]["accuracy"]


def test_as_published_trains_on_everything_except_the_test_split(small_mnist):
    data = load_published_split(DatasetPaths())
    [(images, drawn_each_epoch)] = data.sources.values()
    assert len(images) == drawn_each_epoch == len(small_mnist.train) + len(small_mnist.validation)
    assert data.validation == {"mnist test split": small_mnist.test}


def test_as_published_has_its_own_default_folder(small_mnist, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main([*FIT, "--as-published"]) == 0
    assert [path.name for path in Path("runs").iterdir()] == ["mlp-512-as-published"]


@pytest.mark.parametrize(
    "options", [["--architecture", "sketch-cnn"], ["--architecture", "tf-cnn", "--data", "digits"]]
)
def test_as_published_is_refused_for_unpublished_combinations(options, tmp_path, capsys):
    run = ["--run", str(tmp_path / "run")]
    assert main(["fit", "--as-published", *options, *run]) == 1
    assert "repeats a tutorial, on MNIST alone" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_epochs_and_batch_size_can_be_chosen_and_are_recorded(tmp_path):
    run = tmp_path / "run"
    options = ["--data", "digits", "--batch-size", "64", "--run", str(run)]
    assert main([*FIT, *options]) == 0
    recorded = json.loads((run / "run.json").read_text())
    assert recorded["recipe"]["batch_size"] == 64
    assert recorded["epochs"] == 2
    assert recorded["command"] == (
        "python -m train fit --architecture mlp-512 --data digits --epochs 2 --seed 0 "
        "--batch-size 64"
    )
