"""Read a drawn digit: any image in, ten probabilities out.

classifier.py     `DigitClassifier`: loads a model package and reads digits with it
prediction.py     the answer for one image
read_many.py      many images -> their answers, in batches
errors.py         the errors that users can meet
predict_files.py  image files -> a table, JSON or CSV
number_files.py   the same for whole numbers
notebook.py       a prediction as HTML
saliency.py       how much each part of the image speaks for or against the answer
preprocessing/    any image -> 28x28
numbers/          an image of a whole number -> its digits
runtime/          runs a network: LiteRT, Keras
package/          the files of a model package: read, check, write
hub/              download, upload, time limits
architectures/    the networks by name
cli/              the command `sketchdigits`
"""

from sketchdigits.classifier import DigitClassifier
from sketchdigits.errors import (
    BlankDrawingError,
    CacheError,
    DamagedPackageError,
    HubAccessError,
    HubConflictError,
    HubError,
    HubNotFoundError,
    HubUnavailableError,
    InvalidImageError,
    ModelPackageError,
    SketchdigitsError,
)
from sketchdigits.numbers import NumberReading
from sketchdigits.prediction import Prediction
from sketchdigits.preprocessing.pipeline import preprocess_drawing

__version__ = "0.1.0"

__all__ = [
    "BlankDrawingError",
    "CacheError",
    "DamagedPackageError",
    "DigitClassifier",
    "HubAccessError",
    "HubConflictError",
    "HubError",
    "HubNotFoundError",
    "HubUnavailableError",
    "InvalidImageError",
    "ModelPackageError",
    "NumberReading",
    "Prediction",
    "SketchdigitsError",
    "__version__",
    "preprocess_drawing",
]
