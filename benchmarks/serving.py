"""Measure the app as a server: start, memory, and throughput and latency over HTTP.

Run by `python -m benchmarks`, in its own process.
"""

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
NUM_CLIENTS, REQUESTS_PER_CLIENT = 8, 20
# The two servers take turns, so that other work on the machine slows both alike.
NUM_ROUNDS = 6


def main(package: str) -> None:
    """Print the measurements as JSON, in seconds, megabytes and requests per second."""
    png = encode_drawing()
    starts, imports, loads = [], [], []
    for _ in range(3):
        imports.append(seconds_of("import gradio"))
        import_alone = seconds_of("import sketchdigits")
        load = f"import sketchdigits; sketchdigits.DigitClassifier.from_pretrained({package!r})"
        loads.append(max(0.0, seconds_of(load) - import_alone))
        started = time.perf_counter()
        with running_server("app.py", MODEL_ID=package) as (url, _):
            request_prediction(url, png)
            starts.append(time.perf_counter() - started)
    with (
        running_server("benchmarks/do_nothing.py") as (baseline_url, _),
        running_server("app.py", MODEL_ID=package) as (url, process),
    ):
        rounds = [
            (load_with_clients(baseline_url, png), load_with_clients(url, png))
            for _ in range(NUM_ROUNDS)
        ]
        resident = resident_megabytes(process.pid)
    baseline_rate, baseline_p99 = rate_and_p99([baseline for baseline, _ in rounds])
    rate, p99 = rate_and_p99([app for _, app in rounds])
    measured = {
        "start": min(starts),
        "import_gradio": min(imports),
        "load": min(loads),
        "import": min(seconds_of("import sketchdigits") for _ in range(5))
        - min(seconds_of("pass") for _ in range(5)),
        "rate": rate,
        "p99": p99,
        "baseline_rate": baseline_rate,
        "baseline_p99": baseline_p99,
        "resident": resident,
    }
    print(json.dumps(measured))


def encode_drawing() -> bytes:
    """The drawing as a PNG, as a browser would send it."""
    stream = io.BytesIO()
    Image.fromarray(as_rgba(read_image(DRAWING))).save(stream, "PNG")
    return stream.getvalue()


def seconds_of(code: str) -> float:
    """Seconds that a new Python process takes to run `code`."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, cwd=REPOSITORY, capture_output=True)
    return time.perf_counter() - started


@contextmanager
def running_server(script: str, **changes: str) -> Iterator[tuple[str, subprocess.Popen]]:
    """Start a server on a free port, wait for its page, and stop it at the end of the block.

    Yields its URL and its process. `changes` are environment variables.
    """
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


def request_prediction(url: str, png: bytes) -> str:
    """Upload the image, start a prediction, and return the event with its result."""
    form = (
        b'--edge\r\nContent-Disposition: form-data; name="files"; filename="drawing.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + png + b"\r\n--edge--\r\n"
    )
    multipart = {"Content-Type": "multipart/form-data; boundary=edge"}
    path = json.loads(send(f"{url}/gradio_api/upload", form, multipart))[0]
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    endpoint = f"{url}/gradio_api/call/predict"
    body = json.dumps({"data": [file]}).encode()
    event = json.loads(send(endpoint, body, {"Content-Type": "application/json"}))["event_id"]
    result = send(f"{endpoint}/{event}").decode()
    if "event: complete" not in result:
        raise RuntimeError(result)
    return result


def send(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
    """Send a POST request, or a GET request if there is no body; return the response's body."""
    request = urllib.request.Request(url, body, headers or {})
    with urllib.request.urlopen(request, timeout=60) as response:
        return response.read()


def load_with_clients(url: str, png: bytes) -> tuple[float, list[float]]:
    """Let `NUM_CLIENTS` clients send `REQUESTS_PER_CLIENT` requests each, all at the same time.

    Returns the seconds until all are answered, and the seconds of each request.
    """

    def client(_: int) -> list[float]:
        seconds = []
        for _ in range(REQUESTS_PER_CLIENT):
            started = time.perf_counter()
            request_prediction(url, png)
            seconds.append(time.perf_counter() - started)
        return seconds

    request_prediction(url, png)
    started = time.perf_counter()
    with ThreadPoolExecutor(NUM_CLIENTS) as clients:
        seconds = [each for some in clients.map(client, range(NUM_CLIENTS)) for each in some]
    return time.perf_counter() - started, seconds


def rate_and_p99(rounds: list[tuple[float, list[float]]]) -> tuple[float, float]:
    """Results of `load_with_clients` -> requests per second, and the 99th percentile in seconds."""
    seconds = [each for _, some in rounds for each in some]
    return len(seconds) / sum(took for took, _ in rounds), float(np.percentile(seconds, 99))


if __name__ == "__main__":
    main(sys.argv[1])
