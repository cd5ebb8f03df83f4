"""Read a drawn digit: any image in, ten probabilities out."""

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
    "Prediction",
    "SketchdigitsError",
    "__version__",
    "preprocess_drawing",
]
