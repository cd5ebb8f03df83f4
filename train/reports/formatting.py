"""Formats numbers for reports and the model card: shares, intervals and durations as text."""

from __future__ import annotations

from typing import Any


def percent(share: float, digits: int = 2) -> str:
    """Format a share as percent: 0.9974 -> "99.74 %"."""
    return f"{share * 100:.{digits}f} %"


def interval(score: dict[str, Any]) -> str:
    """Format a score's 95 % interval in percent: [0.9962, 0.9982] -> "99.62-99.82"."""
    low, high = score["interval_95"]
    return f"{low * 100:.2f}-{high * 100:.2f}"


def duration(seconds: float) -> str:
    """Format seconds: 84 -> "84 s", 4600 -> "1.3 h"."""
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds:.0f} s"
