"""`/healthz` and `/readyz`, as Docker or a load balancer asks them."""

import json
import threading
import urllib.request
from dataclasses import replace

from starlette.applications import Starlette
from starlette.testclient import TestClient

from page.server.health import health_routes
from sketchdigits import DigitClassifier
from tests.conftest import REPOSITORY


def test_running_app_is_alive_and_ready(app_url):
    for path, status in (("/healthz", "alive"), ("/readyz", "ready")):
        with urllib.request.urlopen(app_url + path, timeout=30) as response:
            assert json.load(response) == {"status": status}


def test_app_is_not_ready_if_the_model_reads_wrong_or_the_server_closes(classifier):
    changed = DigitClassifier.from_pretrained(REPOSITORY / "model")
    changed.settings = replace(changed.settings, known_answer=(0.1,) * 10)
    closing = threading.Event()
    client = TestClient(Starlette(routes=health_routes(changed, closing)))
    assert client.get("/readyz").status_code == 503
    good = TestClient(Starlette(routes=health_routes(classifier, closing)))
    assert good.get("/readyz").status_code == 200
    closing.set()
    assert good.get("/readyz").json() == {"status": "closing"}
    assert good.get("/healthz").status_code == 200
