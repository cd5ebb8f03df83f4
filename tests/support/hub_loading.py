"""Loading `owner/name` from the tests' Hub, well and ill."""

import time

import pytest

from sketchdigits import (
    DigitClassifier,
    ModelPackageError,
)
from sketchdigits.hub.download import Snapshot
from tests.support.hub_server import TOKEN

load = DigitClassifier.from_pretrained


# Requests, as faults name them.
SETTINGS = "/resolve/[^/]+/sketchdigits.json"


WEIGHTS_BODY = "GET /storage/"


def snapshot_of(classifier: DigitClassifier) -> Snapshot:
    assert classifier.snapshot is not None
    return classifier.snapshot


def failure(**options) -> ModelPackageError:
    """The error that loading ends in; it must be ours, soon there, and discreet."""
    started = time.monotonic()
    with pytest.raises(ModelPackageError) as caught:
        load("owner/name", **options)
    assert time.monotonic() - started < 30
    message = str(caught.value)
    assert "owner/name" in message
    for secret in (TOKEN, "127.0.0.1", "localhost", "http", "hub-cache", "Traceback"):
        assert secret not in message
    return caught.value
