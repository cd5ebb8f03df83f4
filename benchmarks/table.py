"""What was measured -> the rows of README's table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

START, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"
Measured = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Row:
    """One promise.

    Attributes:
        what: is measured.
        measured: the figure, in `unit`s.
        bound: what it must reach.
        sense: whether that is the most or the least that it may be.
        unit: "x" for a ratio.
        note: what the ratio is made of.
    """

    what: str
    measured: float
    sense: Literal["at most", "at least"]
    bound: float
    unit: str = "x"
    note: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the promise is kept."""
        if self.sense == "at most":
            return self.measured <= self.bound
        return self.measured >= self.bound


def make_rows(measured: Measured) -> list[Row]:
    """The rows, from what `reading`, `runtimes` and `serving` printed."""
    reading, runtimes, serving = (measured[name] for name in ("reading", "runtimes", "serving"))
    tutorial = runtimes["tutorial"]
    rivals = {name: taken for name, taken in runtimes.items() if name != "tutorial"}
    fastest_name = min(rivals, key=lambda name: rivals[name])
    floor = serving["import_gradio"] + serving["load"]
    return [
        Row(
            "`predict`, a 400x400 RGBA drawing, beside the bare forward pass",
            reading["predict"] / reading["forward"],
            "at most",
            3,
            note=f"{_ms(reading['predict'])} / {_ms(reading['forward'])}",
        ),
        Row(
            "the tutorials' `load_model` and `predict` for an image, beside `predict`",
            tutorial / reading["predict"],
            "at least",
            50,
            note=f"{_ms(tutorial)} / {_ms(reading['predict'])}",
        ),
        Row(
            f"one image, bare forward, one thread, beside the fastest runtime ({fastest_name})",
            rivals["LiteRT"] / rivals[fastest_name],
            "at most",
            1.3,
            note=", ".join(f"{name} {_ms(taken)}" for name, taken in rivals.items()),
        ),
        Row(
            "`predict_batch` of 10,000 images of 28x28, of the bare network's throughput",
            reading["forward_of_many"] / reading["predict_batch"],
            "at least",
            0.8,
            note=f"{1 / reading['predict_batch']:,.0f} / {1 / reading['forward_of_many']:,.0f} "
            "images a second",
        ),
        Row(
            "`predict_preprocessed` of the same 10,000",
            reading["forward_of_many"] / reading["predict_preprocessed"],
            "at least",
            0.8,
            note=f"{1 / reading['predict_preprocessed']:,.0f} images a second",
        ),
        Row(
            "start of `python app.py` to its first answer, beside `import gradio` and the model's "
            "load",
            serving["start"] / floor,
            "at most",
            1.6,
            note=f"{serving['start']:.2f} s / {floor:.2f} s",
        ),
        Row("resident memory, serving", serving["resident"], "at most", 350, "MB"),
        Row("memory risen over 10,000 predictions", reading["risen"], "at most", 20, "MB"),
        Row(
            "HTTP `/predict`, 8 clients, of the throughput of an endpoint that does nothing",
            serving["rate"] / serving["nothing_rate"],
            "at least",
            0.8,
            note=f"{serving['rate']:.0f} / {serving['nothing_rate']:.0f} a second",
        ),
        Row(
            "its 99th percentile, beside that endpoint's",
            serving["p99"] / serving["nothing_p99"],
            "at most",
            3,
            note=f"{_ms(serving['p99'])} / {_ms(serving['nothing_p99'])}",
        ),
        Row("`import sketchdigits`", serving["import"], "at most", 0.3, "s"),
    ]


def format_table(rows: list[Row], machine: str) -> str:
    """Markdown."""
    lines = ["| what | must reach | is | |", "|---|---|---|---|"]
    for row in rows:
        places = 0 if row.unit == "MB" else 2
        bound = f"{row.sense} {row.bound:g} {row.unit}"
        note = f" ({row.note})" if row.note else ""
        met = "yes" if row.is_met else "**no**"
        lines.append(
            f"| {row.what} | {bound} | {row.measured:.{places}f} {row.unit}{note} | {met} |"
        )
    return "\n".join([*lines, "", f"Measured in one run on {machine}."])


def write_table(readme: Path, table: str) -> None:
    """Put the table between its two marks.

    Raises:
        ValueError: they aren't there.
    """
    text = readme.read_text(encoding="utf-8")
    if START not in text or END not in text:
        raise ValueError(f"{readme.name} has no {START} and {END} for the table.")
    before, rest = text.split(START)
    after = rest.split(END)[1]
    readme.write_text(f"{before}{START}\n{table}\n{END}{after}", encoding="utf-8")


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms" if seconds < 0.1 else f"{seconds * 1000:,.0f} ms"
