"""How many questions wait, how many are worked on, and what stays of them on the disk."""

import json
import os
import re
import time
import urllib.error
import urllib.request

import pytest

from page.server.error_responses import BUSY
from tests.conftest import REPOSITORY
from tests.support.corrections_store import wait_for
from tests.support.plain_http import ask_as_the_page_does, find_page_question, post, upload
from tests.support.running_app import running_app

JSON = {"Content-Type": "application/json"}
WORKING, WAITING = 2, 64
DRAWING = (REPOSITORY / "tests" / "golden" / "black-on-white.drawing.png").read_bytes()


@pytest.fixture
def gate(tmp_path):
    """The folder of slow_app's gate, shut."""
    folder = tmp_path / "gate"
    folder.mkdir()
    (folder / "most").write_text("0")
    return folder


@pytest.fixture
def slow_url(gate, tmp_path):
    with running_app(
        tmp_path, REPOSITORY / "tests" / "support" / "slow_app.py", GATE=str(gate)
    ) as url:
        yield url
        (gate / "open").touch()


def most_at_once(gate) -> int:
    return int((gate / "most").read_text() or 0)


def ask(url, path):
    body = json.dumps({"data": [{"path": path, "meta": {"_type": "gradio.FileData"}}]}).encode()
    return post(f"{url}/gradio_api/call/predict", body, JSON)["event_id"]


def listen(url, event):
    with urllib.request.urlopen(f"{url}/gradio_api/call/predict/{event}", timeout=60) as response:
        return response.read().decode()


def test_two_are_worked_on_64_wait_and_the_next_is_told_that_the_server_is_busy(slow_url, gate):
    path = upload(slow_url, DRAWING)
    accepted = [ask(slow_url, path) for _ in range(WORKING)]
    wait_for(lambda: most_at_once(gate) == WORKING)
    accepted += [ask(slow_url, path) for _ in range(WAITING)]
    for _ in range(3):
        with pytest.raises(urllib.error.HTTPError) as caught:
            ask(slow_url, path)
        assert caught.value.code == 503
        assert caught.value.headers["Retry-After"]
        assert json.load(caught.value) == {"detail": BUSY}
    with urllib.request.urlopen(f"{slow_url}/healthz", timeout=5) as response:
        assert response.status == 200
    (gate / "open").touch()
    for event in accepted:
        assert '"label": "2"' in listen(slow_url, event)
    assert '"label": "2"' in listen(slow_url, ask(slow_url, path))
    assert most_at_once(gate) == WORKING


def test_page_and_endpoint_share_the_two_places(slow_url, gate):
    path = upload(slow_url, DRAWING)
    events = []
    question = find_page_question(slow_url)
    for number in range(3):
        events.append(ask(slow_url, path))
        ask_as_the_page_does(slow_url, question, DRAWING, f"session{number}")
    wait_for(lambda: most_at_once(gate) > 0)
    time.sleep(0.5)  # for more than two to come, if they can
    (gate / "open").touch()
    for event in events:
        assert '"label": "2"' in listen(slow_url, event)
    assert most_at_once(gate) == WORKING


@pytest.mark.parametrize("temporary", ["uploads", "link/../link"])
def test_running_server_clears_away_visitors_files_and_not_its_own(gate, tmp_path, temporary):
    """Those of its last run too."""
    (gate / "open").touch()
    folder = tmp_path / "uploads" / "sketchdigits"
    left = folder / "0123" / "left.png"
    left.parent.mkdir(parents=True)
    left.write_bytes(DRAWING)
    (tmp_path / "link").symlink_to(tmp_path / "uploads")
    changes = {"GATE": str(gate), "GRADIO_TEMP_DIR": str(tmp_path / temporary)}
    with running_app(tmp_path, REPOSITORY / "tests" / "support" / "slow_app.py", **changes) as url:
        uploaded = upload(url, DRAWING)
        wait_for(lambda: not left.exists() and not os.path.exists(uploaded))
        assert "event: error" in listen(url, ask(url, uploaded))
        with urllib.request.urlopen(f"{url}/config", timeout=30) as response:
            pictures = set(re.findall(r'"(/[^"]+\.png)"', response.read().decode()))
        assert len(pictures) > 20
        for picture in pictures:
            urllib.request.urlopen(f"{url}/gradio_api/file={picture}", timeout=30).close()
