"""Training, evaluation and publishing: `python -m train COMMAND`. The page never imports this.

Imports between these folders point one way:

datasets/     read and split the datasets
rendering/    draw pen strokes and digits on canvases, as people draw on the page
distortions/  augmentation, poor captures, corruptions
fit/          training data, recipes, the training loop, calibration
evaluate/     scores on the test splits, comparisons, ablation
reports/      tables and figures
publish/      model package, model card, upload to the Hub, Space
cli/          one file a command
__main__.py   the list of the commands
errors.py     the errors that the command line prints without a traceback
"""

from pathlib import Path

# The checkout. Training is not installed: it runs from the source code.
REPOSITORY = Path(__file__).parent.parent
# Runs are below this folder unless an option says otherwise.
RUNS = Path("runs")
