"""What each subcommand of `python -m train` does with its options, but for `hub_commands.py`'s."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from sketchdigits import DigitClassifier
from sketchdigits.package.litert_layout import LAYOUTS_PATH, write_layouts
from sketchdigits.predict_files import find_files, format_answers, predict_files
from train.datasets.labelled_images import load_mnist, load_sklearn_digits
from train.evaluate import ablation, comparison, cross_validation
from train.evaluate.ablation_table import ABLATION_FILE, summarise_ablation
from train.evaluate.run import evaluate_run
from train.fit.run_folder import read_settings
from train.fit.runs import RUNS, choose_recipe, train_run, verbosity
from train.fit.training_data import preprocess_images
from train.fit.tutorials import TUTORIALS
from train.publish.litert_layouts import measure_layouts
from train.publish.package import package_run
from train.reports import show_data as data_shown
from train.reports.comparison import write_comparison
from train.reports.list_architectures import describe_layers, list_architectures

AS_PUBLISHED_WARNING = (
    "Trained as published: its epochs were watched on the test split, and its probabilities are "
    "not calibrated. Accuracies on MNIST's test split are not from data kept out of every choice."
)


def fit(options: argparse.Namespace) -> None:
    """`python -m train fit`."""
    run = run_folder(options, "-as-published" if options.as_published else "")
    train_run(
        run,
        options.architecture,
        data=options.data,
        epochs=options.epochs,
        batch_size=options.batch_size,
        precision=options.precision,
        seed=options.seed,
        as_published=options.as_published,
        corrections=options.corrections,
        mnist_path=options.mnist,
        pendigits_path=options.pendigits,
        omniglot_path=options.omniglot,
    )
    print(f"Finished. Next: python -m train evaluate --run {run}")


def evaluate(options: argparse.Namespace) -> None:
    """`python -m train evaluate`."""
    run = run_folder(options)
    metrics = evaluate_run(
        run,
        mnist_path=options.mnist,
        pendigits_path=options.pendigits,
        omniglot_path=options.omniglot,
    )
    for index, first in enumerate(metrics.get("first_test_images", [])):
        mark = "" if first["answer"] == first["label"] else "   wrong"
        print(
            f"test image {index}: a {first['label']}, read as {first['answer']} "
            f"({first['probability']:.2%} sure){mark}"
        )
    print(f"{0.1:8.2%}  guessing at random")
    for name, score in metrics["test"].items():
        low, high = score["interval_95"]
        print(f"{score['accuracy']:8.2%}  ({low:.2%}-{high:.2%})  n={score['n']:,}  {name}")
    if metrics["training"]["as_published"]:
        print(AS_PUBLISHED_WARNING)
    print(f"Pictures: {run / 'figures'}\nFinished. Next: python -m train package --run {run}")


def package(options: argparse.Namespace) -> None:
    """`python -m train package`."""
    run = run_folder(options)
    tutorial = read_settings(run)["architecture"] in TUTORIALS
    output = options.output or (run / "package" if tutorial else Path("model"))
    package_run(run, output, mnist_path=options.mnist, ablation=options.ablation)
    print(f"Finished. Try it: MODEL_ID={output} python app.py")


def architectures(options: argparse.Namespace) -> None:
    """`python -m train architectures`."""
    print(describe_layers(options.name) if options.name else list_architectures())


def layouts(_: argparse.Namespace) -> None:
    """`python -m train layouts`."""
    write_layouts(measure_layouts())
    print(f"Written to {LAYOUTS_PATH}")


def show_data(options: argparse.Namespace) -> None:
    """`python -m train show-data`."""
    paths = {"mnist_path": options.mnist, "pendigits_path": options.pendigits}
    print(data_shown.show_data(options.data, options.output, **paths))


def crossval(options: argparse.Namespace) -> None:
    """`python -m train crossval`."""
    recipe = choose_recipe(options.architecture, options.batch_size)
    folder = run_folder(options, "-crossval")
    splits = load_mnist(options.mnist) if options.data == "mnist" else load_sklearn_digits()
    dataset = splits.train + splits.validation  # of the test split no fold sees anything
    if recipe.preprocess_mnist or options.data == "digits":
        dataset = preprocess_images(dataset, f"preprocessing {options.data}")
    settings = cross_validation.describe_folds(
        options.architecture,
        recipe,
        data=options.data,
        epochs=options.epochs or recipe.epochs,
        seed=options.seed,
        folds=options.folds,
    )
    found = cross_validation.cross_validate(
        folder, dataset, recipe, settings, folds=options.folds, verbose=verbosity()
    )
    low, high = found["interval_95"]
    print(
        f"Accuracy: mean {found['mean']:.3%}, standard deviation "
        f"{found['standard_deviation']:.3%}, n={found['n']} folds "
        f"({low:.2%}-{high:.2%}, {found['images']:,} images)\n"
        f"A picture: {folder / cross_validation.FIGURE_FILE}"
    )


def compare(options: argparse.Namespace) -> None:
    """`python -m train compare`."""
    measured = comparison.compare(
        options.runs,
        options.package,
        seed=options.seed,
        mnist_path=options.mnist,
        pendigits_path=options.pendigits,
    )
    write_comparison(options.output, measured)
    print((options.output / "comparison.md").read_text(encoding="utf-8"))
    print(f"Written to {options.output}, with a plot.")


def ablate(options: argparse.Namespace) -> None:
    """`python -m train ablate`."""
    found = ablation.ablate(
        options.output,
        options.runs,
        epochs=options.epochs,
        seeds=options.seeds,
        precision=options.precision,
        mnist_path=options.mnist,
        pendigits_path=options.pendigits,
        omniglot_path=options.omniglot,
        verbose=verbosity(),
    )
    for row in summarise_ablation(found):
        measures = ", ".join(f"{name} {value:.2%}" for name, value in row["mean"].items())
        print(f"{row['variant']} (n={row['seeds']}): {measures}")
    print(f"Written to {options.output / ABLATION_FILE}")


def predict(options: argparse.Namespace) -> int:
    """`python -m train predict`; the exit status: 1 if a file could not be read."""
    classifier = DigitClassifier.from_pretrained(options.model, revision=options.revision)
    files = find_files(options.files)
    # A bar for many, where someone watches.
    watched = tqdm(files, unit="file", disable=None if len(files) > 100 else True)
    answers = list(predict_files(classifier, watched, options.top))
    print(format_answers(answers, options.format))
    if failed := sum(bool(answer.error) for answer in answers):
        print(f"{failed} of {len(answers)} files could not be read.", file=sys.stderr)
    return 1 if failed else 0


def run_folder(options: argparse.Namespace, suffix: str = "") -> Path:
    """The run's folder, by option or by the architecture's name."""
    return options.run or RUNS / f"{options.architecture}{suffix}"
