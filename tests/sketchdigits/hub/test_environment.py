"""Proxy variables and HF_ENDPOINT: the message names the variable that is wrong, not its value."""

import pytest
from huggingface_hub import close_session, constants

from sketchdigits import HubUnavailableError
from sketchdigits.hub.download import download_files
from sketchdigits.hub.extras import list_shown_files
from sketchdigits.package.files import SETTINGS_FILE, SIZE_LIMITS

UNREACHABLE = "127.0.0.1:9"  # no process listens at this port
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture
def environment(monkeypatch):
    """Set variables for the client, which reads them when its session begins."""
    for name in (*VARIABLES, *map(str.upper, VARIABLES)):
        monkeypatch.delenv(name, raising=False)

    def set_variable(name, value):
        monkeypatch.setenv(name, value)
        close_session()

    yield set_variable
    close_session()


def ask_hub():
    """Download one small file of `owner/name`."""
    download_files(
        "owner/name",
        {SETTINGS_FILE: SIZE_LIMITS[SETTINGS_FILE]},
        revision=None,
        token=False,
        cache_dir=None,
        local_files_only=False,
        force_download=False,
        timeout=5,
    )


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("http_proxy", f"http://user:password@{UNREACHABLE}", "proxy in http_proxy gives no conn"),
        ("HTTP_PROXY", UNREACHABLE, "Correct or unset HTTP_PROXY"),
        ("all_proxy", f"http://{UNREACHABLE}", "proxy in all_proxy gives no connection"),
        ("all_proxy", f"socks5://{UNREACHABLE}", "all_proxy names a SOCKS proxy. Install `socks"),
        ("ALL_PROXY", f"socks5h://{UNREACHABLE}", "or unset ALL_PROXY"),
        ("https_proxy", f"ftp://{UNREACHABLE}", "https_proxy must begin with http://"),
        ("http_proxy", "http://127.0.0.1:port", "http_proxy is not a valid address"),
    ],
)
def test_proxy_that_fails_is_named_by_its_variable(published, environment, name, value, text):
    environment(name, value)
    with pytest.raises(HubUnavailableError) as caught:
        ask_hub()
    message = str(caught.value)
    assert text in message
    assert "'owner/name'" in message
    assert not [part for part in ("127.0.0.1", "password") if part in message]


def test_proxy_that_only_makes_the_client_try_again_is_named_too(hub, published, environment):
    """It tries for 23 seconds to list the files, longer than the time limit."""
    environment("http_proxy", f"http://{UNREACHABLE}")
    with pytest.raises(HubUnavailableError, match=r"hangs .*, through the proxy in http_proxy"):
        list_shown_files("owner/name", published.main.sha, token=False, timeout=1)
    hub.release()


def test_proxy_that_is_not_used_for_the_hub_is_not_blamed(hub, published, environment):
    environment("http_proxy", f"http://{UNREACHABLE}")
    environment("no_proxy", "127.0.0.1,localhost")
    hub.misbehave("drop")
    hub.pause_scale = 0.02
    with pytest.raises(HubUnavailableError) as caught:
        ask_hub()
    assert "proxy in" not in str(caught.value)
    hub.faults.clear()
    ask_hub()


def test_endpoint_without_a_scheme_is_named(published, monkeypatch):
    bare = constants.ENDPOINT.removeprefix("http://")
    monkeypatch.setattr(constants, "ENDPOINT", bare)
    template = constants.HUGGINGFACE_CO_URL_TEMPLATE.removeprefix("http://")
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    with pytest.raises(HubUnavailableError, match="HF_ENDPOINT must begin with https://") as caught:
        ask_hub()
    assert bare not in str(caught.value)
