"""Load `owner/name` from the tests' Hub, with or without success."""

import time

import pytest

from sketchdigits import DigitClassifier, ModelPackageError
from sketchdigits.hub.download import Snapshot
from tests.support.hub_server import TOKEN

load = DigitClassifier.from_pretrained

# Patterns of requests for `Hub.misbehave`.
SETTINGS = "/resolve/[^/]+/sketchdigits.json"
WEIGHTS_BODY = "GET /storage/"


def snapshot_of(classifier: DigitClassifier) -> Snapshot:
    assert classifier.snapshot is not None
    return classifier.snapshot


def failure(**options) -> ModelPackageError:
    """The error of a failed load. It must be one of ours, come soon, and reveal no secrets."""
    started = time.monotonic()
    with pytest.raises(ModelPackageError) as caught:
        load("owner/name", **options)
    assert time.monotonic() - started < 30
    message = str(caught.value)
    assert "owner/name" in message
    for secret in (TOKEN, "127.0.0.1", "localhost", "http", "hub-cache", "Traceback"):
        assert secret not in message
    return caught.value
