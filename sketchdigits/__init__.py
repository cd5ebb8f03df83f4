"""Read a drawn digit: any image in, ten probabilities out."""

from sketchdigits.classifier import DigitClassifier
from sketchdigits.errors import (
    BlankDrawingError,
    InvalidImageError,
    ModelPackageError,
    SketchdigitsError,
)
from sketchdigits.prediction import Prediction
from sketchdigits.preprocessing import preprocess_drawing

__version__ = "0.1.0"

__all__ = [
    "BlankDrawingError",
    "DigitClassifier",
    "InvalidImageError",
    "ModelPackageError",
    "Prediction",
    "SketchdigitsError",
    "__version__",
    "preprocess_drawing",
]
