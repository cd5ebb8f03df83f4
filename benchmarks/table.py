"""Measurements -> the rows of the table in docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

START, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"
# Scans take the photograph's way: the goals are 600 and 350 images per second, where 2,180 PNGs of
# 28x28 are read.
SCANS = ((64, 0.28), (128, 0.16))
Measured = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Row:
    """One measurement with its limit.

    Attributes:
        what: description of the measurement.
        measured: its value, in `unit`.
        sense: whether `limit` is a maximum or a minimum.
        limit: in `unit`.
        unit: "x" for a ratio.
        note: the two numbers of the ratio, for example.
    """

    what: str
    measured: float
    sense: Literal["at most", "at least"]
    limit: float
    unit: str = "x"
    note: str = ""

    @property
    def is_met(self) -> bool:
        """Whether `measured` is within the limit."""
        if self.sense == "at most":
            return self.measured <= self.limit
        return self.measured >= self.limit


def make_rows(measured: Measured) -> list[Row]:
    """Make the rows from the output of `reading`, `runtimes` and `serving`."""
    reading, runtimes, serving = (measured[name] for name in ("reading", "runtimes", "serving"))
    tutorial = runtimes["tutorial"]
    seconds = {name: time for name, time in runtimes.items() if name != "tutorial"}
    fastest_name = min(seconds, key=lambda name: seconds[name])
    least_start = serving["import_gradio"] + serving["load"]
    return [
        Row(
            "`predict` of a 400x400 RGBA drawing / forward pass alone",
            reading["predict"] / reading["forward"],
            "at most",
            3,
            note=f"{_ms(reading['predict'])} / {_ms(reading['forward'])}",
        ),
        Row(
            "`load_model` and `predict` for one image, as in the tutorials / our `predict`",
            tutorial / reading["predict"],
            "at least",
            50,
            note=f"{_ms(tutorial)} / {_ms(reading['predict'])}",
        ),
        Row(
            f"forward pass of one image, one thread / the fastest runtime ({fastest_name})",
            seconds["LiteRT"] / seconds[fastest_name],
            "at most",
            1.3,
            note=", ".join(f"{name} {_ms(time)}" for name, time in seconds.items()),
        ),
        Row(
            "throughput of `predict_batch`, 10,000 images of 28x28 / forward pass alone",
            reading["forward_of_batch"] / reading["predict_batch"],
            "at least",
            0.8,
            note=f"{1 / reading['predict_batch']:,.0f} / {1 / reading['forward_of_batch']:,.0f} "
            "images per second",
        ),
        Row(
            "throughput of `predict_preprocessed`, the same images / forward pass alone",
            reading["forward_of_batch"] / reading["predict_preprocessed"],
            "at least",
            0.8,
            note=f"{1 / reading['predict_preprocessed']:,.0f} images per second",
        ),
        *[
            Row(
                f"throughput of `predict_batch`, PNGs of noisy scans of {side}x{side} / of 28x28",
                reading["png"] / reading[f"scan_{side}"],
                "at least",
                limit,
                note=f"{1 / reading[f'scan_{side}']:,.0f} / {1 / reading['png']:,.0f} "
                "images per second",
            )
            for side, limit in SCANS
        ],
        Row(
            "start of `python app.py` to its first answer / `import gradio` and loading the model",
            serving["start"] / least_start,
            "at most",
            1.6,
            note=f"{serving['start']:.2f} s / {least_start:.2f} s",
        ),
        Row("resident memory while serving", serving["resident"], "at most", 350, "MB"),
        Row("memory growth over 10,000 predictions", reading["memory_growth"], "at most", 20, "MB"),
        Row(
            "throughput of HTTP `/predict`, 8 clients / an endpoint that does nothing",
            serving["rate"] / serving["baseline_rate"],
            "at least",
            0.8,
            note=f"{serving['rate']:.0f} / {serving['baseline_rate']:.0f} per second",
        ),
        Row(
            "99th percentile of HTTP `/predict`, 8 clients / an endpoint that does nothing",
            serving["p99"] / serving["baseline_p99"],
            "at most",
            3,
            note=f"{_ms(serving['p99'])} / {_ms(serving['baseline_p99'])}",
        ),
        Row("`import sketchdigits`", serving["import"], "at most", 0.3, "s"),
    ]


def format_table(rows: list[Row], machine: str) -> str:
    """Format the table as Markdown."""
    lines = ["| measurement | limit | measured | met |", "|---|---|---|---|"]
    for row in rows:
        places = 0 if row.unit == "MB" else 2
        limit = f"{row.sense} {row.limit:g} {row.unit}"
        note = f" ({row.note})" if row.note else ""
        met = "yes" if row.is_met else "**no**"
        lines.append(
            f"| {row.what} | {limit} | {row.measured:.{places}f} {row.unit}{note} | {met} |"
        )
    return "\n".join([*lines, "", f"Measured in one run on {machine}."])


def write_table(page: Path, table: str) -> None:
    """Replace the table between the two marks in a Markdown file.

    Raises:
        ValueError: the file has no marks.
    """
    text = page.read_text(encoding="utf-8")
    if START not in text or END not in text:
        raise ValueError(f"{page.name} has no {START} and {END} for the table.")
    before, rest = text.split(START)
    after = rest.split(END)[1]
    page.write_text(f"{before}{START}\n{table}\n{END}{after}", encoding="utf-8")


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms" if seconds < 0.1 else f"{seconds * 1000:,.0f} ms"
