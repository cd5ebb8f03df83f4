"""Every failure of the Hub ends soon, in one of our errors that says what to do."""

import time

import pytest

from sketchdigits import (
    DamagedPackageError,
    HubAccessError,
    HubNotFoundError,
    HubUnavailableError,
)
from sketchdigits.hub.timeouts import DOWNLOAD_TIMEOUT
from tests.support.hub_loading import SETTINGS, WEIGHTS_BODY, failure, load
from tests.support.hub_server import TOKEN

RESPONSES = {
    401: (HubAccessError, "hf auth login"),
    403: (HubAccessError, "refuses access"),
    404: (HubNotFoundError, "Check the name"),
    418: (HubUnavailableError, "refuses the request"),
    429: (HubUnavailableError, "rate limit"),
    500: (HubUnavailableError, "server error"),
    503: (HubUnavailableError, "Try again later"),
}


def test_default_timeout_is_under_25_seconds():
    assert DOWNLOAD_TIMEOUT < 25


@pytest.mark.parametrize("status", RESPONSES)
@pytest.mark.parametrize("at", [SETTINGS, "model.weights.h5", WEIGHTS_BODY])
def test_error_status_is_explained(hub, published, status, at):
    kind, text = RESPONSES[status]
    hub.misbehave(status, at=at)
    error = failure(token=TOKEN, timeout=4, runtime="keras")
    assert isinstance(error, kind)
    assert text in str(error)


def test_error_for_a_gated_model_names_its_conditions(published):
    published.gated = True
    assert "Accept its conditions" in str(failure())
    assert isinstance(failure(), HubAccessError)


def test_error_for_a_disabled_model(published):
    published.disabled = True
    error = failure()
    assert "disabled" in str(error)
    assert isinstance(error, HubAccessError)


def test_error_for_a_private_model_asks_for_a_login(published):
    published.private = True
    error = failure()
    assert "hf auth login" in str(error)
    assert isinstance(error, HubNotFoundError)


@pytest.mark.parametrize("at", [SETTINGS, "HEAD .*model.weights.h5", "GET", WEIGHTS_BODY])
def test_hanging_request_ends_at_the_time_limit(hub, published, at):
    hub.misbehave("hang", at=at)
    started = time.monotonic()
    error = failure(timeout=1, runtime="keras")
    assert time.monotonic() - started < 10
    assert isinstance(error, HubUnavailableError)
    assert "hangs" in str(error)


def test_hanging_response_ends_before_the_whole_time_limit(hub, published, monkeypatch):
    monkeypatch.setattr("sketchdigits.hub.timeouts.REQUEST_TIMEOUT", 1.0)
    hub.misbehave("hang", at=SETTINGS)
    assert "hangs (no response in time)" in str(failure(timeout=10))


@pytest.mark.parametrize("at", [SETTINGS, WEIGHTS_BODY])
def test_dropped_connection_is_reported(hub, published, at):
    hub.pause_scale = 0.02
    hub.misbehave("drop", at=at)
    error = failure()
    assert isinstance(error, HubUnavailableError)
    assert "broke off" in str(error)


@pytest.mark.parametrize(("kind", "text"), [("cut", "broke off"), ("short", "cut short")])
def test_body_cut_short_is_refused(hub, published, kind, text):
    hub.pause_scale = 0.02
    hub.misbehave(kind, at=WEIGHTS_BODY)
    error = failure()
    assert isinstance(error, HubUnavailableError)
    assert text in str(error)
    hub.faults.clear()
    load("owner/name")


@pytest.mark.parametrize("at", ["GET .*sketchdigits.json", WEIGHTS_BODY])
def test_wrong_bytes_are_noticed_and_removed_from_the_cache(hub, published, at):
    hub.misbehave("wrong bytes", at=at)
    assert isinstance(failure(), DamagedPackageError)
    hub.faults.clear()
    load("owner/name")


@pytest.mark.parametrize("at", ["GET .*sketchdigits.json", WEIGHTS_BODY])
def test_endless_body_is_stopped_at_the_size_limit(hub, published, tmp_path, at):
    hub.misbehave("endless", at=at)
    assert isinstance(failure(), DamagedPackageError)
    files = [path for path in (tmp_path / "hub-cache").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 2_000_000


@pytest.mark.parametrize("name", ["sketchdigits.json", "model.weights.h5"])
def test_oversized_file_is_not_downloaded(hub, published, name):
    published.commit({name: b"\0" * (16 * 2**20 + 1)})
    assert isinstance(failure(runtime="keras"), DamagedPackageError)
    requested = [path for path in hub.paths() if path.startswith("GET")]
    assert not [path for path in requested if name in path or "/storage/" in path]


def test_login_page_of_a_network_is_not_taken_for_a_hub(hub, published):
    hub.misbehave("login page")
    error = failure()
    assert isinstance(error, HubUnavailableError)
    assert "not from a Hub" in str(error)


def test_refused_connection_is_reported(published, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(
        "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
        "http://127.0.0.1:9/{repo_id}/resolve/{revision}/{filename}",
    )
    error = failure()
    assert isinstance(error, HubUnavailableError)
    assert "no connection" in str(error)


def test_offline_mode_is_reported(published, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    error = failure()
    assert isinstance(error, HubUnavailableError)
    assert "HF_HUB_OFFLINE" in str(error)
