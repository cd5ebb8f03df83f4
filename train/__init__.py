"""Training, evaluation and packaging: `python -m train --help`. Never imported by the app."""

from pathlib import Path

# What the commands use where no option says otherwise.
DEFAULT_ARCHITECTURE = "sketch-cnn"
RUNS = Path("runs")
