"""What those who watch the server are told."""

import json
import threading
import urllib.request
from dataclasses import replace

from starlette.applications import Starlette
from starlette.testclient import TestClient

from page.server.health import health_routes
from sketchdigits import DigitClassifier
from tests.conftest import REPOSITORY


def test_health_is_told_and_readiness_means_that_a_digit_is_read(app_url):
    for path, status in (("/healthz", "alive"), ("/readyz", "ready")):
        with urllib.request.urlopen(app_url + path, timeout=30) as response:
            assert json.load(response) == {"status": status}


def test_readiness_is_denied_where_the_model_answers_otherwise(classifier):
    other = DigitClassifier.from_pretrained(REPOSITORY / "model")
    other.settings = replace(other.settings, known_answer=(0.1,) * 10)
    closing = threading.Event()
    assert (
        TestClient(Starlette(routes=health_routes(other, closing))).get("/readyz").status_code
        == 503
    )
    good = TestClient(Starlette(routes=health_routes(classifier, closing)))
    assert good.get("/readyz").status_code == 200
    closing.set()
    assert good.get("/readyz").json() == {"status": "closing"}
    assert good.get("/healthz").status_code == 200
