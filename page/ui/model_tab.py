"""The tab about the model: its source, its accuracy, and the comparison with tutorials."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import gradio as gr

from page.served_model import ServedModel
from page.translations import ENGLISH_ONLY, i18n
from sketchdigits.package.report import Report, Score

# The test sets after the fourth are the same drawings on other canvases: the table by digit leaves
# them out.
PER_DIGIT_SCORES = 4


def build_model_tab(served: ServedModel, comparison: Path) -> None:
    """Build the tab.

    Args:
        served: the model and its report.
        comparison: the Markdown file of `python -m train compare`; it need not exist.
    """
    with gr.Tab(i18n("model_tab")):
        gr.Markdown(provenance(served))
        report = served.report
        if report is None:
            gr.Markdown(i18n("no_report"))
        else:
            gr.Markdown(i18n("scores"))
            gr.Markdown(scrolling(scores_table(report.scores), "scores_table"))
            gr.Markdown(i18n("per_digit"))
            gr.Markdown(scrolling(per_digit_table(report), "per_digit_table"))
            for name, figure in report.figures.items():
                gr.Markdown(i18n(f"figure_{name}"))
                gr.Image(
                    figure,
                    show_label=False,
                    alt_text=ENGLISH_ONLY[f"alt_{name}"],
                    format="png",
                    interactive=False,
                    buttons=["fullscreen"],
                    elem_classes="figure",
                )
        if comparison.is_file():
            gr.Markdown(i18n("comparison"))
            table = first_table(comparison.read_text(encoding="utf-8"))
            gr.Markdown(scrolling(table, "comparison_table"))


def scrolling(table: str, name: str) -> str:
    """Markdown: a table that scrolls if it is too wide, also by keyboard.

    `name` is the key of the text that a screen reader says. It is a title, because Gradio removes
    `aria-label` from Markdown. The blank lines let Markdown read the table inside of HTML.
    """
    opening = f'<div class="scrolling" tabindex="0" role="region" title="{i18n(name)}">'
    return f"{opening}\n\n{table}\n\n</div>"


def provenance(served: ServedModel) -> str:
    """Markdown: the model's name, architecture, commits and licence."""
    parts = [f"**{served.model_id}**", f"`{served.classifier.settings.architecture}`"]
    if served.revision:
        parts[0] = f"**[{served.model_id}](https://huggingface.co/{served.model_id})**"
        parts.append(f"`{served.revision[:12]}`")
    if served.report and served.report.trained_at:
        parts.append(f"{i18n('commit')} `{served.report.trained_at[:12]}`")
    if served.report and served.report.licence:
        parts.append(served.report.licence)
    return " · ".join(parts)


def scores_table(scores: Iterable[Score]) -> str:
    """Markdown: one row per test set, with its size, accuracy and 95 % interval."""
    rows = [
        f"| {score.name} | {score.n:,} | {_percent(score.accuracy)} "
        f"| {_percent(score.interval[0])} - {_percent(score.interval[1])} |"
        for score in scores
    ]
    return "\n".join(["| | n | | 95 % |", "|---|---|---|---|", *rows])


def per_digit_table(report: Report) -> str:
    """Markdown: one row per test set, one column per digit."""
    rows = [
        f"| {score.name} | {' | '.join(_percent(share, 1) for share in score.per_digit)} |"
        for score in report.scores[:PER_DIGIT_SCORES]
    ]
    digits = " | ".join(str(digit) for digit in range(10))
    return "\n".join([f"| | {digits} |", "|---" * 11 + "|", *rows])


def first_table(markdown: str) -> str:
    """The first table in a Markdown text, and the paragraph after it; empty without a table."""
    blocks = markdown.strip().split("\n\n")
    start = next((i for i, block in enumerate(blocks) if block.startswith("|")), len(blocks))
    return "\n\n".join(blocks[start : start + 2])


def _percent(share: float, digits: int = 2) -> str:
    return f"{share * 100:.{digits}f} %"
