"""Connections that a hostile client holds open: heartbeats, unfinished requests, idle ones."""

from __future__ import annotations

import select
import socket
import time
from collections import Counter
from itertools import count

# What is sent on each connection of a kind; `%d` is a number.
HELD = {
    "heartbeat": b"GET /gradio_api/heartbeat/crowd%d HTTP/1.1\r\nHost: x\r\n\r\n",
    "unfinished body": b"POST /gradio_api/queue/join HTTP/1.1\r\nHost: x\r\n"
    b"Content-Length: 1%d\r\n\r\n{",
    "unfinished headers": b"GET /%d HTTP/1.1\r\nHost: x\r\n",
    "idle": b"",
}
# How many of each kind one client holds, one phase after another, each for `PHASE` seconds.
# Together, eight clients ask for more than the server allows: of heartbeats, of requests, of
# connections.
PHASES: tuple[dict[str, int], ...] = (
    {"heartbeat": 60, "idle": 60},
    {"heartbeat": 60, "unfinished body": 150},
    {"unfinished headers": 75, "idle": 75},
)
PHASE = 3.0
# Of which one client alone wants so many at the same time.
MOST_HEARTBEATS = 801
# Seconds between two looks at the connections, and how many of a kind are opened at each.
PAUSE, MOST_NEW = 1.0, 15
# How the answer to a heartbeat begins that is not held, or to one request too many.
REFUSED = (b"HTTP/1.1 204", b"HTTP/1.1 503")


class Crowd:
    """The connections of one client.

    Args:
        server: host and port.
        address: the client's.
        is_greedy: whether it wants `MOST_HEARTBEATS`.
    """

    def __init__(self, server: str, address: str, *, is_greedy: bool) -> None:
        """Open none yet."""
        self._is_greedy = is_greedy
        host, port = server.split(":")
        self._server, self._address = (host, int(port)), address
        self._held: dict[str, list[socket.socket]] = {kind: [] for kind in HELD}
        self._numbers = count(10)
        self.ended: Counter[str] = Counter()
        """How many connections of each kind were opened, and how many the server closed."""
        self.most: Counter[str] = Counter()
        """The most of each kind that were held at the same time."""

    def run(self, end: float) -> None:
        """Hold connections until `end`, in the time of `time.monotonic`."""
        started = time.monotonic()
        while (now := time.monotonic()) < end:
            wanted = dict(PHASES[int((now - started) / PHASE) % len(PHASES)])
            if self._is_greedy and "heartbeat" in wanted:
                wanted["heartbeat"] = MOST_HEARTBEATS
            for kind, connections in self._held.items():
                self._drop_closed(kind, connections)
                self.most[kind] = max(self.most[kind], len(connections))
                self._hold(kind, connections, wanted.get(kind, 0))
            time.sleep(PAUSE)

    def _drop_closed(self, kind: str, connections: list[socket.socket]) -> None:
        poll = select.poll()
        for connection in connections:
            poll.register(connection, select.POLLIN)
        ready = {number for number, _ in poll.poll(0)}
        for connection in [each for each in connections if each.fileno() in ready]:
            if not _is_open(connection, is_answered=kind == "heartbeat"):
                connection.close()
                connections.remove(connection)
                self.ended[f"{kind}: closed"] += 1

    def _hold(self, kind: str, connections: list[socket.socket], wanted: int) -> None:
        while len(connections) > wanted:
            connections.pop().close()
        for _ in range(min(MOST_NEW, wanted - len(connections))):
            try:
                connection = socket.create_connection(self._server, 5, (self._address, 0))
                content = HELD[kind]
                connection.sendall(content % next(self._numbers) if content else b"")
            except OSError:
                self.ended[f"{kind}: broken"] += 1
                return
            connection.setblocking(False)
            connections.append(connection)
            self.ended[f"{kind}: opened"] += 1


def _is_open(connection: socket.socket, *, is_answered: bool) -> bool:
    """Whether the server has not closed or refused it; a heartbeat has an answer that goes on."""
    try:
        received = connection.recv(4_096)
    except OSError:
        return False
    return is_answered and bool(received) and not received.startswith(REFUSED)
