"""The rate limit behind a proxy: clients are told apart, and can't choose their address."""

import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from page.server.environment import prepare_environment
from page.server.rate_limit import RateLimit
from tests.support.event_loops import run_in_thread

PROXY = "10.0.0.7"


def admitted(forwarded_for: list[str], trusted: str) -> list[bool]:
    """Whether each request passes "1/minute"; the proxy appended the last address of each."""
    limit, found = RateLimit("1/minute"), []

    async def app(scope, receive, send):
        found.append(limit.admits(scope))

    behind_proxy = ProxyHeadersMiddleware(app, trusted_hosts=trusted)
    for value in forwarded_for:
        headers = [(b"x-forwarded-for", value.encode())]
        scope = {"type": "http", "client": (PROXY, 1), "scheme": "http", "headers": headers}
        run_in_thread(behind_proxy(scope, None, None))  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize("trusted", [PROXY, "10.0.0.0/8"])
def test_clients_behind_a_trusted_proxy_are_told_apart(trusted):
    assert admitted(["198.51.100.1", "198.51.100.2", "198.51.100.1"], trusted) == [
        True,
        True,
        False,
    ]


def test_client_that_writes_other_addresses_is_still_the_same_client():
    sent = ["198.51.100.1", "203.0.113.5, 198.51.100.1", "203.0.113.6, 198.51.100.1"]
    assert admitted(sent, PROXY) == [True, False, False]
    # The reason why SECURITY.md says never to trust every address:
    assert admitted(sent, "*") == [True, True, True]


@pytest.mark.parametrize("own", [None, "10.9.9.9"])
def test_on_a_space_its_proxies_are_trusted_unless_the_variable_is_set(own, tmp_path):
    environment = {"SYSTEM": "spaces", "GRADIO_TEMP_DIR": str(tmp_path)}
    environment |= {"FORWARDED_ALLOW_IPS": own} if own else {}
    prepare_environment(environment)
    sent = ["198.51.100.1", "198.51.100.2", "203.0.113.5, 198.51.100.1, 10.1.2.3"]
    told_apart = admitted(sent, environment["FORWARDED_ALLOW_IPS"]) == [True, True, False]
    assert told_apart is (own is None)


def test_elsewhere_only_this_machine_is_trusted_by_default(tmp_path):
    environment = {"GRADIO_TEMP_DIR": str(tmp_path)}
    prepare_environment(environment)
    assert "FORWARDED_ALLOW_IPS" not in environment
