"""`/healthz` and `/readyz`, as Docker or a load balancer asks them."""

import json
import threading
import urllib.request
from dataclasses import replace

from starlette.applications import Starlette
from starlette.testclient import TestClient

from page.server.health import health_routes
from page.translations import QUESTION_STUCK
from sketchdigits import DigitClassifier
from tests.conftest import REPOSITORY


def test_running_app_is_alive_and_ready(app_url):
    for path, status in (("/healthz", "alive"), ("/readyz", "ready")):
        with urllib.request.urlopen(app_url + path, timeout=30) as response:
            assert json.load(response) == {"status": status}


def test_app_that_reads_wrong_or_is_stuck_or_closes_is_not_ready(classifier):
    changed = DigitClassifier.from_pretrained(REPOSITORY / "model")
    changed.settings = replace(changed.settings, known_answer=(0.1,) * 10)
    closing = threading.Event()
    client = TestClient(Starlette(routes=health_routes(changed, closing, lambda: False)))
    assert client.get("/readyz").status_code == 503
    stuck = threading.Event()
    good = TestClient(Starlette(routes=health_routes(classifier, closing, stuck.is_set)))
    assert good.get("/readyz").status_code == 200
    stuck.set()
    assert good.get("/readyz").status_code == 503
    assert good.get("/readyz").json() == {"status": QUESTION_STUCK}
    assert good.get("/healthz").status_code == 200
    stuck.clear()
    closing.set()
    assert good.get("/readyz").json() == {"status": "closing"}
    assert good.get("/healthz").status_code == 200
