"""Requests that are held open: what one address, or many heartbeats, leave to everyone else."""

import asyncio
import threading
from contextlib import asynccontextmanager
from typing import Any

import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from page import limits
from page.server.client_address import client_address
from page.server.request_limits import RequestLimits
from page.translations import SERVER_BUSY
from tests.support.asgi_client import Sender, count_bytes, run, scope_of

HEARTBEAT = "/gradio_api/heartbeat/0123"
PROXY = "10.0.0.7"


async def hang(scope, receive, send):
    """An app that holds each request open."""
    await asyncio.Event().wait()


async def ask(app, path="/", host="10.0.0.1", method="GET", headers=()):
    """Send a request; returns what the client gets."""
    sender = Sender(0)
    scope = {**scope_of(method, path, headers=headers), "client": (host, 1)}
    await asyncio.wait_for(app({**scope, "scheme": "http"}, sender.receive, sender.send), 30)
    return sender


async def status_of(*arguments, **options):
    return (await ask(*arguments, **options)).response[0]["status"]


@asynccontextmanager
async def held(middleware, path, clients, app=None):
    """Hold a request of each client until the block ends; then the app answers at once."""
    middleware.app = hang
    tasks = [asyncio.create_task(ask(app or middleware, path, host)) for host in clients]
    for _ in range(10):  # each request passes several steps until the app holds it
        await asyncio.sleep(0)
    middleware.app = count_bytes
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def limits_around_nothing():
    return RequestLimits(count_bytes, threading.Event())


def addresses(count):
    return [f"10.1.{number // 256}.{number % 256}" for number in range(count)]


# So many addresses with one open request each take all the room, also that of other addresses.
FULL = limits.MAX_OPEN_REQUESTS + limits.MAX_RESERVED_OPEN_REQUESTS


def test_one_request_beyond_the_most_open_ones_gets_busy():
    """Once the open ones have gone, new requests pass again."""

    async def crowd():
        middleware = limits_around_nothing()
        async with held(middleware, "/", addresses(FULL)):
            refused = await ask(middleware)
        return refused, await ask(middleware)

    refused, passed = run(crowd())
    assert refused.answer == (503, SERVER_BUSY)
    assert (b"retry-after", b"1") in refused.response[0]["headers"]
    assert (b"connection", b"close") in refused.response[0]["headers"]
    assert passed.answer == (200, "0")


@pytest.mark.parametrize("path", ["/", "/gradio_api/queue/data", HEARTBEAT])
def test_one_address_that_holds_801_requests_shuts_nobody_else_out(path):
    async def crowd():
        middleware = limits_around_nothing()
        async with held(middleware, path, ["10.0.0.1"] * 801):
            return [await status_of(middleware, host="10.0.0.2") for _ in range(3)]

    assert run(crowd()) == [200] * 3


@pytest.mark.parametrize("surplus", [0, 1])
def test_open_requests_of_one_address_have_a_limit(surplus):
    async def crowd():
        middleware = limits_around_nothing()
        count = limits.MAX_OPEN_REQUESTS_PER_ADDRESS - 1 + surplus
        async with held(middleware, "/", ["10.0.0.1"] * count):
            return await status_of(middleware)

    assert run(crowd()) == (503 if surplus else 200)


def test_a_few_addresses_that_hold_all_they_can_shut_nobody_else_out():
    """Eight of them ask for 250 each. Those get no more, and others get a few each."""

    async def crowd():
        middleware = limits_around_nothing()
        few = limits.MAX_OPEN_REQUESTS_IN_RESERVE
        clients = [f"10.0.0.{number}" for number in range(8)]
        async with held(middleware, "/", clients * limits.MAX_OPEN_REQUESTS_PER_ADDRESS):
            refused = [await status_of(middleware, host=host) for host in clients]
            passed = [await status_of(middleware, host="10.0.0.9") for _ in range(3)]
            async with held(middleware, "/", ["10.0.0.9"] * few):
                return refused, passed, await status_of(middleware, host="10.0.0.9")

    assert run(crowd()) == ([503] * 8, [200] * 3, 503)


@pytest.mark.parametrize("surplus", [0, 1])
def test_heartbeat_beyond_the_limit_of_an_address_is_answered_without_one(surplus):
    """The visitor, behind the same address as many others, can still ask."""

    async def crowd():
        middleware = limits_around_nothing()
        count = limits.MAX_HEARTBEATS_PER_ADDRESS - 1 + surplus
        async with held(middleware, HEARTBEAT, ["10.0.0.1"] * count):
            asked = await status_of(middleware, "/gradio_api/call/predict", method="POST")
            return await status_of(middleware, HEARTBEAT), asked

    assert run(crowd()) == (204 if surplus else 200, 200)


def test_heartbeats_of_all_addresses_leave_room_for_other_requests():
    async def crowd():
        middleware = limits_around_nothing()
        async with held(middleware, HEARTBEAT, addresses(2 * limits.MAX_OPEN_REQUESTS)):
            beat = await status_of(middleware, HEARTBEAT, "10.0.0.2")
            return beat, await status_of(middleware, host="10.0.0.2")

    assert run(crowd()) == (204, 200)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_told_while_no_other_request_has_room(path):
    async def crowd():
        middleware = limits_around_nothing()
        async with held(middleware, "/", addresses(FULL)):
            statuses = await status_of(middleware, path), await status_of(middleware)
        # A POST can be held open by its body, so it counts.
        async with held(middleware, "/", addresses(FULL)):
            return *statuses, await status_of(middleware, path, method="POST")

    assert run(crowd()) == (200, 503, 503)


def test_behind_a_trusted_proxy_the_forwarded_address_counts():
    async def crowd(trusted):
        middleware: Any = limits_around_nothing()
        proxy: Any = ProxyHeadersMiddleware(middleware, trusted_hosts=trusted)

        async def forwarded(scope, receive, send):
            value = scope["client"][0].encode()
            scope["headers"] = [*scope["headers"], (b"x-forwarded-for", value)]
            await proxy({**scope, "client": (PROXY, 1)}, receive, send)

        count = limits.MAX_OPEN_REQUESTS_PER_ADDRESS
        async with held(middleware, "/", ["198.51.100.1"] * count, forwarded):
            return [await status_of(forwarded, host=f"198.51.100.{last}") for last in (1, 2)]

    assert run(crowd(PROXY)) == [503, 200]
    assert run(crowd("127.0.0.1")) == [503, 503]


def test_no_address_is_remembered_after_its_requests():
    async def crowd():
        middleware = limits_around_nothing()
        async with held(middleware, HEARTBEAT, addresses(300)):
            pass
        return [vars(middleware.open_requests)[name] for name in ("_of", "_heartbeats_of")]

    assert run(crowd()) == [{}, {}]


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("testclient", "testclient"),
    ],
)
def test_addresses_of_one_ipv6_network_are_one_client(host, counted):
    assert client_address({"client": (host, 1)}) == counted


def test_missing_address_is_no_error():
    assert client_address({"client": None}) == client_address({}) == ""
