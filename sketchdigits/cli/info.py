"""`sketchdigits info`: print what a model package is and how well it reads."""

from __future__ import annotations

import argparse
import os
from contextlib import suppress
from pathlib import Path

from sketchdigits.classifier import DigitClassifier
from sketchdigits.cli.model_option import add_model_options, load_model
from sketchdigits.errors import CacheError, HubError
from sketchdigits.package.report import Report, read_report
from sketchdigits.package.row_settings import RowSettings
from sketchdigits.prediction import DigitScore

_RUNTIMES = {"litert": "LiteRT", "keras": "Keras"}


def add_info_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options; `run_info` takes them."""
    add_model_options(parser)


def run_info(options: argparse.Namespace) -> int:
    """Load the package, print its description as plain text, and return 0.

    Raises:
        ModelPackageError: the model can't be loaded.
    """
    classifier = load_model(options)
    print(describe_package(options.model, classifier, _find_report(options.model, classifier)))
    return 0


def describe_package(name: str, classifier: DigitClassifier, report: Report | None) -> str:
    """Describe a loaded package in lines "key  value"; a table of test scores follows.

    Args:
        name: the folder or Hub id that was loaded.
        classifier: the loaded package.
        report: the package's report; None if it has none.
    """
    settings = classifier.settings
    # A folder's name may hold bytes that are not valid UTF-8, which can't be printed.
    facts = {"model": os.fsencode(name).decode(errors="replace")}
    if classifier.snapshot:
        facts["commit"] = classifier.snapshot.commit
    facts["architecture"] = settings.architecture
    if report and report.parameters:
        facts["parameters"] = f"{report.parameters:,}"
    facts["runtime"] = _RUNTIMES[classifier.runtime]
    facts["package format"] = str(settings.format_version)
    facts["preprocessing"] = settings.preprocessing
    facts["can refuse"] = _describe_thresholds(settings.digit_score)
    facts["reads numbers"] = _describe_numbers(settings.row_network)
    if report and report.trained_at:
        facts["trained at"] = f"commit {report.trained_at}"
    if report and report.licence:
        facts["licence"] = report.licence
    width = max(map(len, facts))
    lines = [f"{key:<{width}}  {value}" for key, value in facts.items()]
    return "\n".join([*lines, "", *_describe_scores(report)])


def _describe_thresholds(digit_score: DigitScore | None) -> str:
    if digit_score is None:
        return "no, each drawing counts as a digit"
    refused = f"yes, drawings with a digit score below {digit_score.refusal_threshold:.3f}"
    if digit_score.refusal_threshold == digit_score.threshold:
        return refused
    return f"{refused}; below {digit_score.threshold:.3f}, they are unusual"


def _describe_numbers(row_network: RowSettings | None) -> str:
    if row_network is None:
        return "digit by digit: rows of touching digits are read less well"
    return f"whole lines at once, with {row_network.architecture}"


def _describe_scores(report: Report | None) -> list[str]:
    if report is None or not report.scores:
        return ["The package has no report of test scores."]
    lines = ["accuracy  95 % interval        n  test set"]
    for score in report.scores:
        low, high = score.interval
        interval = f"{low:.2%}-{high:.2%}"
        lines.append(f"{score.accuracy:8.2%}  {interval:<15}  {score.n:6,}  {score.name}")
    return lines


def _find_report(name: str, classifier: DigitClassifier) -> Report | None:
    """Read the report in the package's folder; for a package on the Hub, download it first."""
    if classifier.snapshot is None:
        return read_report(Path(name))
    if classifier.snapshot.unavailable is None:
        from sketchdigits.hub.extras import download_shown_files

        # The report is optional: describe the package without it.
        with suppress(HubError, CacheError):
            download_shown_files(name, classifier.snapshot.commit)
    return read_report(classifier.snapshot.folder)
