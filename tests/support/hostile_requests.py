"""Requests of a hostile client: the most expensive images, and everything small that once hurt.

Each kind is an endless iterator: it sends one request at a time, and yields how it ended.
"""

from __future__ import annotations

import base64
import http.client
import json
import random
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count, cycle, islice
from typing import TypeVar

from PIL import Image

from tests.support.hostile_inputs import hostile_drawings
from tests.support.number_drawings import draw_number
from tests.support.try_hostile_images import encode

# Seconds between two uploads of the largest size by one client. At once they are 40 MB/s.
UPLOAD_PAUSE = 3.0
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "multipart/form-data; boundary=edge"}
FILE_PART = (
    b'--edge\r\nContent-Disposition: form-data; name="files"; filename="%s"\r\n'
    b"Content-Type: image/png\r\n\r\n%s\r\n"
)
END_OF_FORM = b"--edge--\r\n"

T = TypeVar("T")


@dataclass(frozen=True)
class Client:
    """One address, and the server that it talks to."""

    server: str
    address: str

    def request(self, path: str, body: bytes | None = None, headers=JSON) -> tuple[int, bytes]:
        """Send a GET, or a POST if there is a body; return the status and the whole answer.

        Each request claims that it comes from another address. The status is 0 if the connection
        broke.
        """
        connection = http.client.HTTPConnection(
            self.server, timeout=120, source_address=(self.address, 0)
        )
        forged = {"X-Forwarded-For": f"198.51.100.{random.randrange(256)}"}
        try:
            method = "GET" if body is None else "POST"
            connection.request(method, path, body, {**(headers if body else {}), **forged})
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def send(self, content: bytes, *, wait: bool = True) -> str:
        """Send bytes as they are, and close; return the first line of what comes back."""
        host, port = self.server.split(":")
        try:
            with socket.create_connection((host, int(port)), 30, (self.address, 0)) as connection:
                connection.sendall(content)
                return connection.recv(200).decode().split("\r\n")[0] if wait else "sent"
        except OSError:
            return "broken"

    def join(self, function: int, data: list, session: str) -> str:
        """Call a function of the page, and read the answer; return how it ended."""
        ended = self.join_unheard(function, data, session)
        if ended != "accepted":
            return ended
        _, answer = self.request(f"/gradio_api/queue/data?session_hash={session}")
        return "answered" if b'"success":true' in answer else "error"

    def join_unheard(self, function: int, data: list, session: str) -> str:
        """Call a function of the page, and don't read the answer."""
        body = json.dumps({"data": data, "fn_index": function, "session_hash": session}).encode()
        status, _ = self.request("/gradio_api/queue/join", body)
        return "accepted" if status == 200 else f"status {status}"

    def upload(self, content: bytes, name: bytes = b"7.png") -> dict | None:
        """Upload a file; return Gradio's description of it, or None if it was refused."""
        status, answer = self.request(
            "/gradio_api/upload", FILE_PART % (name, content) + END_OF_FORM, FORM
        )
        if status != 200:
            return None
        return {"path": json.loads(answer)[0], "meta": {"_type": "gradio.FileData"}}


def ask_for_drawings(client: Client, functions: dict[str, int], name: str) -> Iterator[str]:
    """Ask as the page does, each time in a new session and with the reasons for the answer."""
    for number, drawing in enumerate(_from_anywhere(hostile_drawings(), name)):
        yield client.join(functions["read-drawing"], [_data_uri(drawing), True], f"{name}-{number}")


def ask_for_files(
    client: Client, functions: dict[str, int], name: str, *, files: list[bytes]
) -> Iterator[str]:
    """Ask for large files, for one digit and for a number: as the page does, and over the APIs."""
    uploaded: dict[int, dict] = {}
    for number, which in enumerate(_from_anywhere(range(len(files)), name)):
        way = number % 5
        if way > 2:  # one request to the API
            path = "/api/predict" if way == 3 else "/api/read_number"
            status, _ = client.request(path, files[which], {"Content-Type": "image/png"})
            yield "answered" if status == 200 else f"status {status}"
            continue
        file = uploaded.get(which) or client.upload(files[which])
        if file is None:
            yield "upload refused"
            continue
        uploaded[which] = file
        if way == 0:
            ended = client.join(functions["photo"], [file, False], f"{name}-{number}")
        else:
            ended = ask_endpoint(client, file, "predict" if way == 1 else "read_number")
        if ended == "error":  # the server has deleted the file
            uploaded.pop(which)
        yield ended


def ask_endpoint(client: Client, file: dict, endpoint: str) -> str:
    """Ask Gradio's endpoint, and read the answer; return how it ended."""
    body = json.dumps({"data": [file]}).encode()
    status, answer = client.request(f"/gradio_api/call/{endpoint}", body)
    if status != 200:
        return f"status {status}"
    event = json.loads(answer)["event_id"]
    _, answer = client.request(f"/gradio_api/call/{endpoint}/{event}")
    return "answered" if b"event: complete" in answer else "error"


def send_corrections(client: Client, functions: dict[str, int], name: str) -> Iterator[str]:
    """Send one correction after another. Only the first drawing waits for its answer."""
    data = [_data_uri(hostile_drawings()[0]), False]
    while True:
        yield client.join(functions["read-drawing"], data, name)
        yield client.join(functions["send-correction"], [None, "7"], name)


def upload_large_files(client: Client, _: dict[str, int], __: str, *, file: bytes) -> Iterator[str]:
    """Fill the room for visitors' files."""
    while True:
        yield "refused" if client.upload(file) is None else "uploaded"
        time.sleep(UPLOAD_PAUSE)


def send_small_requests(client: Client, functions: dict[str, int], name: str) -> Iterator[str]:
    """Requests that cost their client nothing, one kind after another."""
    drawing = encode(Image.fromarray(draw_number("2", size=64)), "PNG")
    longest_name = b"[" * 200 + b".png"
    evil = b"GET /gradio_api/info HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    no_host = b"GET / HTTP/1.0\r\nOrigin: http://evil.example\r\n\r\n"
    two_files = FILE_PART % (b"1.png", drawing) + FILE_PART % (b"2.png", drawing) + END_OF_FORM
    other_origin = {**FORM, "Origin": "http://evil.example"}
    half_a_file = (
        b"POST /gradio_api/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n"
        b"Content-Type: multipart/form-data; boundary=edge\r\n\r\n"
        + FILE_PART
        % (b"7.png", drawing)
    )
    numbers = count()

    def status_of(path: str, body: bytes | None = None, headers=JSON) -> str:
        return f"status {client.request(path, body, headers)[0]}"

    def ask_over_the_api() -> str:
        file = client.upload(drawing, b"%d.png" % next(numbers))
        return "upload refused" if file is None else ask_endpoint(client, file, "predict")

    requests: dict[str, Callable[[], str]] = {
        "1 MB of short lists": lambda: status_of(
            "/gradio_api/queue/join", b'{"data":[' + b"[]," * 350_000 + b"[]]}"
        ),
        "deep lists": lambda: status_of("/gradio_api/call/predict", b"[" * 90_000),
        "as many lists as are allowed": lambda: status_of(
            "/gradio_api/call/predict", b'{"data":[' + b"[]," * 490 + b"[]]}"
        ),
        "an address as a file": lambda: status_of("/gradio_api/file=http://198.51.100.1/"),
        "an address as a file, old path": lambda: status_of("/file/http://198.51.100.1/"),
        "an icon": lambda: status_of("/pwa_icon/1"),
        "a line for the log": lambda: status_of("/gradio_api/custom_component/a%0AFORGED/c/b/c"),
        "another Host": lambda: client.send(evil),
        "Origin without Host": lambda: client.send(no_host),
        "two files": lambda: status_of("/gradio_api/upload", two_files, FORM),
        "a file of another website": lambda: status_of(
            "/gradio_api/upload", FILE_PART % (b"1.png", drawing) + END_OF_FORM, other_origin
        ),
        "half a file": lambda: client.send(half_a_file, wait=False),
        "a file with a long name": lambda: (
            "uploaded" if client.upload(drawing, longest_name) else "refused"
        ),
        "a question over the API": ask_over_the_api,
        "a question whose answer nobody hears": lambda: client.join_unheard(
            functions["read-drawing"], [_data_uri(drawing), True], f"{name}-unheard"
        ),
    }
    for kind in _from_anywhere([*requests], name):
        yield f"{kind}: {requests[kind]()}"


def _from_anywhere(items: Sequence[T], name: str) -> Iterator[T]:
    """All items again and again; the name decides which one is the first."""
    start = random.Random(name).randrange(len(items))
    return chain(islice(items, start, None), cycle(items))


def _data_uri(drawing: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(drawing).decode()
