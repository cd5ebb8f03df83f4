"""The app as a server: its start, its memory, and what it answers over HTTP."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.reading import DRAWING, as_rgba
from benchmarks.timing import resident_megabytes
from sketchdigits.preprocessing.decode import read_image

REPOSITORY = Path(__file__).parent.parent
CLIENTS, EACH = 8, 20
# Both servers in turn: other work on the machine comes and goes, and burdens both alike.
ROUNDS = 6


def main(package: str) -> None:
    """Print what was measured, as JSON: seconds, megabytes, requests a second."""
    picture = encoded()
    starts, imports, loads = [], [], []
    for _ in range(3):
        imports.append(seconds_of("import gradio"))
        nothing = seconds_of("import sketchdigits")
        load = f"import sketchdigits; sketchdigits.DigitClassifier.from_pretrained({package!r})"
        loads.append(max(0.0, seconds_of(load) - nothing))
        started = time.perf_counter()
        with running("app.py", MODEL_ID=package) as (url, _):
            ask(url, picture)
            starts.append(time.perf_counter() - started)
    with (
        running("benchmarks/do_nothing.py") as (nothing_url, _),
        running("app.py", MODEL_ID=package) as (url, process),
    ):
        rounds = [
            (load_with_clients(nothing_url, picture), load_with_clients(url, picture))
            for _ in range(ROUNDS)
        ]
        resident = resident_megabytes(process.pid)
    nothing_rate, nothing_p99 = rate_and_p99([loaded for loaded, _ in rounds])
    rate, p99 = rate_and_p99([loaded for _, loaded in rounds])
    found = {
        "start": min(starts),
        "import_gradio": min(imports),
        "load": min(loads),
        "import": min(seconds_of("import sketchdigits") for _ in range(5))
        - min(seconds_of("pass") for _ in range(5)),
        "rate": rate,
        "p99": p99,
        "nothing_rate": nothing_rate,
        "nothing_p99": nothing_p99,
        "resident": resident,
    }
    print(json.dumps(found))


def encoded() -> bytes:
    """The drawing as the PNG that a browser would send."""
    stream = io.BytesIO()
    Image.fromarray(as_rgba(read_image(DRAWING))).save(stream, "PNG")
    return stream.getvalue()


def seconds_of(code: str) -> float:
    """How long a fresh Python takes for it."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, cwd=REPOSITORY, capture_output=True)
    return time.perf_counter() - started


@contextmanager
def running(script: str, **changes: str) -> Iterator[tuple[str, subprocess.Popen]]:
    """A server on a free port, until the block ends; it is there once its page is."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "GRADIO_SERVER_PORT": str(port),
            "GRADIO_TEMP_DIR": folder,
            "FEEDBACK": "off",
            **changes,
        }
        process = subprocess.Popen(
            [sys.executable, script],
            cwd=REPOSITORY,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while process.poll() is None:
                try:
                    urllib.request.urlopen(url, timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.02)
            yield url, process
        finally:
            process.terminate()
            process.wait(timeout=20)


def ask(url: str, picture: bytes) -> str:
    """Upload, ask, listen: the answer's event."""
    form = (
        b'--edge\r\nContent-Disposition: form-data; name="files"; filename="drawing.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + picture + b"\r\n--edge--\r\n"
    )
    multipart = {"Content-Type": "multipart/form-data; boundary=edge"}
    path = json.loads(post(f"{url}/gradio_api/upload", form, multipart))[0]
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    address = f"{url}/gradio_api/call/predict"
    body = json.dumps({"data": [file]}).encode()
    event = json.loads(post(address, body, {"Content-Type": "application/json"}))["event_id"]
    told = post(f"{address}/{event}").decode()
    if "event: complete" not in told:
        raise RuntimeError(told)
    return told


def post(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
    """A POST, or, without a body, a GET."""
    request = urllib.request.Request(url, body, headers or {})
    with urllib.request.urlopen(request, timeout=60) as response:
        return response.read()


def load_with_clients(url: str, picture: bytes) -> tuple[float, list[float]]:
    """The seconds that `CLIENTS` at once take for `EACH` requests, and those of each request."""

    def client(_: int) -> list[float]:
        seconds = []
        for _ in range(EACH):
            started = time.perf_counter()
            ask(url, picture)
            seconds.append(time.perf_counter() - started)
        return seconds

    ask(url, picture)
    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        seconds = [each for some in clients.map(client, range(CLIENTS)) for each in some]
    return time.perf_counter() - started, seconds


def rate_and_p99(rounds: list[tuple[float, list[float]]]) -> tuple[float, float]:
    """What `load_with_clients` returned -> requests a second, and 99 of 100 requests' seconds."""
    seconds = [each for _, some in rounds for each in some]
    return len(seconds) / sum(took for took, _ in rounds), float(np.percentile(seconds, 99))


if __name__ == "__main__":
    main(sys.argv[1])
