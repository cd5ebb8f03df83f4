"""Every network that `fit` can train, with its size and what was measured of it."""

from __future__ import annotations

from sketchdigits.architectures import ARCHITECTURES
from train import REPOSITORY
from train.fit.run_folder import read_json
from train.fit.runs import choose_recipe
from train.fit.tutorials import TUTORIALS
from train.reports.comparison import RESULT_FILE
from train.reports.formatting import percent

# As committed: what README's table shows.
COMPARISON = REPOSITORY / "docs" / "comparison" / RESULT_FILE


def list_architectures() -> str:
    """A table: name, parameters, accuracy on MNIST's test split and on drawings, origin."""
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
            "Measured by `python -m train compare`; drawings: of pen writers kept out, through our "
            "preprocessing.",
            "The layers of one: python -m train architectures NAME",
        ]
    )


def describe_layers(name: str) -> str:
    """Keras's summary of one network, and its recipe.

    Raises:
        RunError: there is no such architecture.
    """
    recipe = choose_recipe(name)
    lines: list[str] = []
    ARCHITECTURES[name]().summary(print_fn=lines.append)
    return "\n".join([*lines, f"Recipe: {recipe}"])
