"""Training, evaluation and packaging: `python -m train --help`. Never imported by the app."""
