"""The folder of the default model, which `DigitClassifier.from_pretrained()` loads.

The wheel has those files of the repository's folder `model/` that predictions, `sketchdigits info`
and the page need; `pyproject.toml` lists them. A checkout, a Space and the container have `model/`
itself, beside this package.
"""

from __future__ import annotations

from pathlib import Path

_IN_WHEEL = Path(__file__).parent.parent / "model"
_IN_CHECKOUT = Path(__file__).parent.parent.parent / "model"
DEFAULT_PACKAGE = _IN_WHEEL if _IN_WHEEL.is_dir() else _IN_CHECKOUT
