"""How many connections are open: beyond the limit, one without a request is closed.

It is the oldest one of the address that has the most connections: else a flood of one client closes
those of visitors before their requests have arrived. (Behind a proxy, all are the proxy's.)

uvicorn accepts connections until the process has no file descriptors left, and waits for ever for
the headers of a request (uvicorn 0.54). The requests are counted in open_requests.py.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import uvicorn

from page import limits
from page.server.client_address import client_address


def limit_connections(server: uvicorn.Server) -> None:
    """Limit the connections of a server that is running; those it has already don't count."""
    most = min(limits.MAX_CONNECTIONS, _raise_descriptor_limit() - limits.RESERVED_DESCRIPTORS)
    config: Any = server.config
    config.http_protocol_class = bounded(config.http_protocol_class, most)


def bounded(protocol: type[asyncio.Protocol], most: int) -> type[asyncio.Protocol]:
    """uvicorn's class of a connection, with at most `most` instances at a time."""
    connected: dict[str, dict[Any, None]] = {}  # of each address, the oldest first

    def close_one() -> None:
        """Close an idle one, if there is any."""
        for own in sorted(connected.values(), key=len, reverse=True):
            for each in own:
                if each.is_idle():
                    each.forget()
                    each.transport.abort()
                    return

    class BoundedConnection(protocol):  # type: ignore[misc, valid-type]
        timer: asyncio.TimerHandle | None = None  # while it waits for the headers of a request
        address = ""

        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            self.address = client_address({"client": self.client})
            connected.setdefault(self.address, {})[self] = None
            self.start_timer()
            if sum(map(len, connected.values())) > most:
                close_one()

        def data_received(self, data: bytes) -> None:
            if self.timer is None and self.is_idle():
                self.start_timer()
            super().data_received(data)
            if not self.is_idle():
                self.stop_timer()

        def connection_lost(self, exc: Exception | None) -> None:
            self.forget()
            self.stop_timer()
            super().connection_lost(exc)

        def forget(self) -> None:
            own = connected.get(self.address, {})
            own.pop(self, None)
            if not own:
                connected.pop(self.address, None)

        def is_idle(self) -> bool:
            return self.cycle is None or self.cycle.response_complete

        def start_timer(self) -> None:
            self.timer = self.loop.call_later(limits.HEADERS_TIMEOUT, self.transport.abort)

        def stop_timer(self) -> None:
            if self.timer:
                self.timer.cancel()
                self.timer = None

    return BoundedConnection


def _raise_descriptor_limit() -> int:
    """Let the process open as many files as the system allows; returns how many."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return limits.MAX_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = limits.MAX_DESCRIPTORS
    wanted = most if hard == resource.RLIM_INFINITY else min(hard, most)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return most if soft == resource.RLIM_INFINITY else soft
