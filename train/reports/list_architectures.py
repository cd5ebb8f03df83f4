"""Describes the networks that `fit` can train: a table of all, or the layers of one.

Enters: `ARCHITECTURES` and the committed comparison. Leaves: text.
"""

from __future__ import annotations

from sketchdigits.architectures import ARCHITECTURES
from train import REPOSITORY
from train.fit.run_folder import read_json
from train.fit.runs import choose_recipe
from train.fit.tutorials import TUTORIALS
from train.reports.comparison import RESULT_FILE
from train.reports.formatting import percent

# The committed comparison, which docs/tutorials.md shows.
COMPARISON = REPOSITORY / "docs" / "comparison" / RESULT_FILE


def list_architectures() -> str:
    """A table: name, parameters, accuracy on MNIST's test split and on drawings, source."""
    measured = read_json(COMPARISON)["models"] if COMPARISON.is_file() else {}
    lines = [f"{'name':<14}{'parameters':>11}{'MNIST test':>12}{'drawings':>11}  from"]
    for name, build in ARCHITECTURES.items():
        mnist, drawings = (
            percent(measured[name][key]["accuracy"]) if name in measured else "-"
            for key in ("mnist", "drawings_preprocessed")
        )
        origin = TUTORIALS[name].source if name in TUTORIALS else "this project"
        parameters = build().count_params()
        lines.append(f"{name:<14}{parameters:>11,}{mnist:>12}{drawings:>11}  {origin}")
    return "\n".join(
        [
            *lines,
            "",
            "Measured by `python -m train compare`. Drawings: by held-out pen writers, through our "
            "preprocessing.",
            "To see the layers of a network: python -m train architectures NAME",
        ]
    )


def describe_layers(name: str) -> str:
    """Keras's summary of the network called `name`, and its recipe.

    Raises:
        RunError: no architecture has this name.
    """
    recipe = choose_recipe(name)
    lines: list[str] = []
    ARCHITECTURES[name]().summary(print_fn=lines.append)
    return "\n".join([*lines, f"Recipe: {recipe}"])
