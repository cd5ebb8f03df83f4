"""The environment variable `PAD`: what visitors draw on (see `page/ui/pad_choice.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

PadChoice = Literal["auto", "sketchpad", "plain"]


def open_pad_choice(environment: Mapping[str, str]) -> PadChoice:
    """The pad that `PAD` names: "sketchpad" or "plain"; "auto", the default: the browser decides.

    Raises:
        ValueError: it has another value.
    """
    text = environment.get("PAD", "").strip().lower() or "auto"
    for choice in get_args(PadChoice):
        if text == choice:
            return choice
    raise ValueError(f"Expected PAD to be auto, sketchpad or plain. Received: {text!r}.")
