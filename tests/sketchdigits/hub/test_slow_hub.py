"""A slow Hub is no Hub that hangs, and a second try goes on where the first one ended."""

import re
import signal
import subprocess
import sys
import time

import pytest

from sketchdigits import DamagedPackageError, HubUnavailableError
from sketchdigits.hub import timeouts
from sketchdigits.hub.deadline import DeadlineError, TooSlowError, within_silence
from tests.conftest import REPOSITORY
from tests.sketchdigits.hub.test_interruptions import DOWNLOAD
from tests.support.corrections_store import wait_for
from tests.support.hub_loading import WEIGHTS_BODY, failure, load


def begun(folder):
    """The files in the cache that are not complete, with some bytes in them."""
    parts = folder.rglob("blobs/*.incomplete")
    return [path for path in parts if path.stat().st_size]


def test_slow_hub_is_waited_for(hub, published):
    """The file comes in parts, four in a second: 3 s together, with a time limit of 2.5 s."""
    load("owner/name")
    published.commit({"model.tflite": published.main.files["model.tflite"] + b"new"})
    hub.misbehave("slow", at=WEIGHTS_BODY, times=1)
    started = time.monotonic()
    assert isinstance(failure(timeout=2.5), DamagedPackageError)  # it has arrived, and is wrong
    assert time.monotonic() - started > 2.5


def test_there_is_a_time_limit_for_a_slow_hub_too(hub, published, monkeypatch, tmp_path):
    monkeypatch.setattr("sketchdigits.hub.timeouts.MAX_SLOWNESS", 1.2)
    hub.misbehave("trickle", at=WEIGHTS_BODY)
    error = failure(timeout=2)
    assert isinstance(error, HubUnavailableError)
    assert "it is slow (not complete after" in str(error)
    assert begun(tmp_path)
    hub.faults.clear()
    load("owner/name")
    assert re.fullmatch(r"bytes=[1-9]\d*-", hub.ranges[0])
    assert not begun(tmp_path)


def test_slow_hub_may_take_minutes_by_default():
    """The files of a package are at most 33 MB; at 100 kB/s that is 330 s, and usually 35 s."""
    assert 120 <= timeouts.DOWNLOAD_TIMEOUT * timeouts.MAX_SLOWNESS <= 600


def test_download_goes_on_within_one_call_if_the_connection_breaks(hub, published):
    hub.pause_scale = 0.02
    hub.misbehave("cut", at=WEIGHTS_BODY, times=2)
    load("owner/name")
    size = len(published.main.files["model.tflite"])
    assert hub.ranges == [f"bytes={size // 2}-", f"bytes={size // 2 + (size - size // 2) // 2}-"]


def test_download_goes_on_after_its_process_was_killed(hub, published, tmp_path):
    hub.misbehave("trickle", at=WEIGHTS_BODY)
    command = [sys.executable, "-c", DOWNLOAD]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL) as process:
        assert hub.sent_part.wait(60)
        wait_for(lambda: begun(tmp_path))
        process.send_signal(signal.SIGKILL)
    hub.faults.clear()
    load("owner/name")
    assert re.fullmatch(r"bytes=[1-9]\d*-", hub.ranges[0])


@pytest.mark.parametrize("content", [b"wrong", b"\0" * 3_000_000], ids=["wrong", "too long"])
@pytest.mark.parametrize("fault", [None, "no range"])
def test_useless_beginning_is_downloaded_again(hub, published, tmp_path, content, fault):
    """The beginning is of other bytes, or longer than the file; or the Hub sends no parts."""
    load("owner/name")
    [pointer] = (tmp_path / "hub-cache").rglob("snapshots/*/model.tflite")
    place = pointer.resolve()
    pointer.unlink()
    place.unlink()
    place.with_name(f"{place.name}.sketchdigits.incomplete").write_bytes(content)
    hub.ranges.clear()
    hub.pause_scale = 0.02
    if fault:
        hub.misbehave(fault, at=WEIGHTS_BODY)
    load("owner/name")
    assert hub.ranges == [f"bytes={len(content)}-"]
    assert place.read_bytes() == published.main.files["model.tflite"]
    assert not begun(tmp_path)


def test_silence_and_slowness_have_their_own_limits():
    def note_five_times(progress):
        for _ in range(5):
            time.sleep(0.2)
            progress.note()
        return "done"

    assert within_silence(0.9, 20, note_five_times) == "done"
    with pytest.raises(TooSlowError, match=r"not complete after 0\.7 s"):
        within_silence(0.6, 0.7, note_five_times)
    with pytest.raises(DeadlineError, match=r"still waiting after 0\.1 s"):
        within_silence(0.1, 20, note_five_times)
