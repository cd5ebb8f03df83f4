"""Eight clients who send a server the most expensive requests that it accepts, without an end.

    python -m tests.support.hostile_clients URL SECONDS

Prints "ready", waits for a line of standard input, and then sends for SECONDS. Then it prints JSON:
how many requests ended in which way. The clients have the addresses 127.0.0.11 to 127.0.0.18. Each
has `QUESTIONS` questions open at the same time: together they fill the queue.
"""

from __future__ import annotations

import base64
import http.client
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import cycle, islice
from urllib.parse import urlsplit

import numpy as np
from PIL import Image, ImageDraw

from tests.support.hostile_marks import MARKS, in_uneven_light
from tests.support.measure_large_images import TURNED, dark_photograph, large_drawing
from tests.support.number_drawings import draw_number
from tests.support.plain_http import find_page_question
from tests.support.png_writer import chunk
from tests.support.try_hostile_images import (
    encode,
    jpeg_of_scans,
    jpeg_segment,
    jpeg_with,
    noise,
    png_with,
)

CLIENTS = 8
QUESTIONS = 12
# Seconds to wait after a refusal. Without it, the clients themselves would take all of the CPU.
PAUSE = 0.3
# Seconds between two uploads of the largest size by one client. At once they are 40 MB/s.
UPLOAD_PAUSE = 3.0
JSON = {"Content-Type": "application/json"}


@cache
def hostile_drawings() -> list[bytes]:
    """PNG files that fit into a drawing's request: uneven light, specks, stripes, frames."""
    marks = {name: MARKS[name](640, 0) for name in ("specks", "grid", "crossing lines", "stripes")}
    drawings = [in_uneven_light(mark) for mark in marks.values()]
    columns = np.repeat(np.where(np.arange(240) % 2, 255, 0).astype(np.uint8)[None], 400, axis=0)
    drawings += [columns, MARKS["combs"](640, 3), MARKS["nested frames"](640, 0)]
    drawings += hostile_rows()
    return [encode(Image.fromarray(drawing), "PNG") for drawing in drawings]


def hostile_rows() -> list[np.ndarray]:
    """Rows that take long to read as a number: many digits, digits that touch, lines that cross."""
    rows = [
        draw_number("35086429713508642971350864297135", size=64),
        draw_number("3508642971350864297135086429", size=120, gap=-12, width=0.14),
        zigzags(4, 150, 5, 300),
        MARKS["text"](640, 0)[:80],
    ]
    return [*rows, in_uneven_light(np.kron(rows[0], np.ones((2, 2), np.uint8))[:, :2_000])]


def zigzags(count: int, height: int, step: int, period: int, width: int = 1_500) -> np.ndarray:
    """Lines from side to side, one below the other: the boxes around them overlap."""
    page = Image.new("L", (width, height + count * step + 10), 255)
    for index in range(count):
        top = 5 + index * step
        corners = [
            (x, top + height * (number % 2)) for number, x in enumerate(range(4, width, period))
        ]
        ImageDraw.Draw(page).line(corners, fill=0)
    return np.asarray(page)


def hostile_files() -> list[bytes]:
    """Image files that take the most memory or time, and some of many parts."""
    photograph = dark_photograph(2048)
    segments = b"".join(jpeg_segment(0xE1, b"Exif\0\0" + bytes(94)) for _ in range(1_900))
    return [
        encode(photograph, "JPEG"),
        encode(large_drawing("RGB", 8192, 4096), "JPEG", progressive=True, exif=TURNED),
        encode(large_drawing("RGBA", 4096, 4096), "PNG", compress_level=1, exif=TURNED),
        encode(large_drawing("L", 4096, 4096), "GIF"),
        encode(Image.fromarray(in_uneven_light(MARKS["specks"](2048, 0))), "PNG"),
        *(encode(Image.fromarray(row), "PNG") for row in hostile_rows()),
        jpeg_of_scans(60, 2_048),
        jpeg_with(segments),
        png_with(chunk(b"teSt", bytes(1_000)) * 240),
    ]


@dataclass(frozen=True)
class Client:
    """One address, and the server that it talks to."""

    server: str
    address: str

    def request(self, path: str, body: bytes | None = None, headers=JSON) -> tuple[int, bytes]:
        """Send a GET, or a POST if there is a body; return the status and the whole answer.

        The status is 0 if the connection broke.
        """
        connection = http.client.HTTPConnection(
            self.server, timeout=120, source_address=(self.address, 0)
        )
        try:
            connection.request("POST" if body else "GET", path, body, headers if body else {})
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def join(self, function: int, data: list, session: str) -> str:
        """Call a function of the page, and read the answer; return how it ended."""
        body = json.dumps({"data": data, "fn_index": function, "session_hash": session}).encode()
        status, _ = self.request("/gradio_api/queue/join", body)
        if status != 200:
            return f"status {status}"
        _, answer = self.request(f"/gradio_api/queue/data?session_hash={session}")
        return "answered" if b'"success":true' in answer else "error"

    def upload(self, content: bytes) -> dict | None:
        """Upload a file; return Gradio's description of it, or None if it was refused."""
        body = (
            b'--edge\r\nContent-Disposition: form-data; name="files"; filename="7.png"\r\n'
            b"Content-Type: image/png\r\n\r\n" + content + b"\r\n--edge--\r\n"
        )
        headers = {"Content-Type": "multipart/form-data; boundary=edge"}
        status, answer = self.request("/gradio_api/upload", body, headers)
        if status != 200:
            return None
        return {"path": json.loads(answer)[0], "meta": {"_type": "gradio.FileData"}}


def ask_for_drawings(client: Client, functions: dict[str, int], name: str) -> Iterator[str]:
    """Ask as the page does, each time in a new session and with the reasons for the answer."""
    for number, drawing in enumerate(cycle(hostile_drawings())):
        data = ["data:image/png;base64," + base64.b64encode(drawing).decode(), True]
        yield client.join(functions["read-drawing"], data, f"{name}-{number}")


def ask_for_files(
    client: Client, functions: dict[str, int], name: str, *, files: list[bytes]
) -> Iterator[str]:
    """Ask for large files, for one digit and for a number: as the page does, and over the APIs."""
    uploaded: dict[int, dict] = {}
    for number, which in enumerate(cycle(range(len(files)))):
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
    status, answer = client.request(
        f"/gradio_api/call/{endpoint}", json.dumps({"data": [file]}).encode()
    )
    if status != 200:
        return f"status {status}"
    event = json.loads(answer)["event_id"]
    _, answer = client.request(f"/gradio_api/call/{endpoint}/{event}")
    return "answered" if b"event: complete" in answer else "error"


def send_corrections(client: Client, functions: dict[str, int], name: str) -> Iterator[str]:
    """Send one correction after another. Only the first drawing waits for its answer."""
    drawing = hostile_drawings()[0]
    data = ["data:image/png;base64," + base64.b64encode(drawing).decode(), False]
    while True:
        yield client.join(functions["read-drawing"], data, name)
        ended = client.join(functions["send-correction"], [None, "7"], name)
        yield f"correction {ended}"


def upload_large_files(client: Client, _: dict[str, int], __: str, *, file: bytes) -> Iterator[str]:
    """Fill the room for visitors' files."""
    while True:
        yield "upload refused" if client.upload(file) is None else "uploaded"
        time.sleep(UPLOAD_PAUSE)


def attack(url: str, seconds: float) -> None:
    """Run all clients."""
    hostile_drawings()
    files, largest = hostile_files(), encode(noise(4096, 4096), "PNG", compress_level=0)
    names = ("read-drawing", "photo", "send-correction")
    functions = {name: find_page_question(url, name) for name in names}
    print("ready", flush=True)
    sys.stdin.readline()
    end = time.monotonic() + seconds
    ways: Counter[str] = Counter()

    def run(attempts: Iterator[str]) -> None:
        while time.monotonic() < end:
            ended = next(attempts)
            ways[ended] += 1
            if ended not in ("answered", "correction answered", "uploaded"):
                time.sleep(PAUSE)

    questions: list[Callable[..., Iterator[str]]] = [
        partial(ask_for_files, files=files),
        ask_for_drawings,
    ]
    kinds: list[Callable[..., Iterator[str]]] = [
        *islice(cycle(questions), QUESTIONS),
        send_corrections,
        partial(upload_large_files, file=largest),
    ]
    for number in range(CLIENTS):
        client = Client(urlsplit(url).netloc, f"127.0.0.{11 + number}")
        for index, kind in enumerate(kinds):
            attempts = kind(client, functions, f"hostile-{number}-{index}")
            threading.Thread(target=run, args=(attempts,), daemon=True).start()
    time.sleep(seconds)
    print(json.dumps(ways), flush=True)  # what still waits for an answer doesn't count


if __name__ == "__main__":
    attack(sys.argv[1], float(sys.argv[2]))
