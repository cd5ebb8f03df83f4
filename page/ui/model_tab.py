"""The tab about the model: how well it reads, beside the tutorials, and where it is from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import gradio as gr

from page.served_model import ServedModel
from page.translations import i18n
from sketchdigits.package.report import Report, Score

# On many canvases the same drawings are read: one of them stands for all in the table by digit.
PER_DIGIT_SCORES = 4
FIGURE_ALT = {
    "confusion_matrix": "Confusion matrices: true digits against the digits read",
    "reliability": "Reliability diagram: confidence against the share read right",
    "accuracy": "Accuracy on each test set, with 95 % intervals",
    "rejection": "Share of digits accepted against the share of others refused",
}


def build_model_tab(served: ServedModel, comparison: Path) -> None:
    """The tab. `comparison` is the table that `python -m train compare` wrote, if it is there."""
    with gr.Tab(i18n("model_tab")):
        gr.Markdown(provenance(served))
        report = served.report
        if report is None:
            gr.Markdown(i18n("no_report"))
        else:
            gr.Markdown(i18n("scores"))
            gr.Markdown(scores_table(report.scores), elem_id="scores")
            gr.Markdown(i18n("per_digit"))
            gr.Markdown(per_digit_table(report), elem_id="per-digit")
            for name, figure in report.figures.items():
                gr.Markdown(i18n(f"figure_{name}"))
                gr.Image(
                    figure,
                    show_label=False,
                    alt_text=FIGURE_ALT[name],
                    format="png",
                    interactive=False,
                    buttons=["fullscreen"],
                    elem_classes="figure",
                )
        if comparison.is_file():
            gr.Markdown(i18n("comparison"))
            gr.Markdown(first_table(comparison.read_text(encoding="utf-8")), elem_id="comparison")


def provenance(served: ServedModel) -> str:
    """Markdown: which model answers, at which commit, under which licence."""
    told = [f"**{served.model_id}**", f"`{served.classifier.settings.architecture}`"]
    if served.revision:
        told[0] = f"**[{served.model_id}](https://huggingface.co/{served.model_id})**"
        told.append(f"`{served.revision[:12]}`")
    if served.report and served.report.trained_at:
        told.append(f"commit `{served.report.trained_at[:12]}`")
    if served.report and served.report.licence:
        told.append(served.report.licence)
    return " · ".join(told)


def scores_table(scores: Iterable[Score]) -> str:
    """Markdown: a row a test set."""
    rows = [
        f"| {score.name} | {score.n:,} | {_percent(score.accuracy)} "
        f"| {_percent(score.interval[0])} - {_percent(score.interval[1])} |"
        for score in scores
    ]
    return "\n".join(["| | n | | 95 % |", "|---|---|---|---|", *rows])


def per_digit_table(report: Report) -> str:
    """Markdown: a row a test set, a column a digit."""
    rows = [
        f"| {score.name} | {' | '.join(_percent(share, 1) for share in score.per_digit)} |"
        for score in report.scores[:PER_DIGIT_SCORES]
    ]
    digits = " | ".join(str(digit) for digit in range(10))
    return "\n".join([f"| | {digits} |", "|---" * 11 + "|", *rows])


def first_table(markdown: str) -> str:
    """The lines of the first table in a Markdown text, and the paragraph that follows it."""
    blocks = markdown.strip().split("\n\n")
    start = next((i for i, block in enumerate(blocks) if block.startswith("|")), len(blocks))
    return "\n\n".join(blocks[start : start + 2])


def _percent(share: float, digits: int = 2) -> str:
    return f"{share * 100:.{digits}f} %"
