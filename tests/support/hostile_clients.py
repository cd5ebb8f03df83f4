"""Eight clients who send a server everything that once hurt one, without an end.

    python -m tests.support.hostile_clients URL SECONDS KINDS

KINDS is "expensive" or "all". Prints "ready", waits for a line of standard input, and then sends
for SECONDS. Then it prints JSON: for each kind of request how many ended in which way, and how many
connections were held at most.

The clients have the addresses 127.0.0.11 to 127.0.0.18. Each has `QUESTIONS` questions open at the
same time: together they fill the queue. Beside these, it stores corrections and uploads large
files. With "all" it also sends small requests of many kinds, and holds connections open.
"""

from __future__ import annotations

import json
import resource
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle, islice
from urllib.parse import urlsplit

from tests.support.hostile_crowd import Crowd
from tests.support.hostile_inputs import hostile_drawings, hostile_files
from tests.support.hostile_requests import (
    Client,
    ask_for_drawings,
    ask_for_files,
    send_corrections,
    send_small_requests,
    upload_large_files,
)
from tests.support.plain_http import find_page_question
from tests.support.try_hostile_images import encode, noise

CLIENTS = 8
QUESTIONS = 12
# Seconds to wait after a refusal. Without it, the clients themselves would take all of the CPU.
PAUSE = 0.3
# What is not a refusal, and needs no pause.
ACCEPTED = ("answered", "accepted", "uploaded")

Kind = Callable[[Client, dict[str, int], str], Iterator[str]]


def attack(url: str, seconds: float, *, all_kinds: bool) -> None:
    """Run all clients."""
    hostile_drawings()
    kinds: dict[str, Kind] = {
        "drawing": ask_for_drawings,
        "file": partial(ask_for_files, files=hostile_files()),
        "correction": send_corrections,
        "large upload": partial(
            upload_large_files, file=encode(noise(4096, 4096), "PNG", compress_level=0)
        ),
        "small": send_small_requests,
    }
    names = ("read-drawing", "photo", "send-correction")
    functions = {name: find_page_question(url, name) for name in names}
    server = urlsplit(url).netloc
    _allow_open_files()
    print("ready", flush=True)
    sys.stdin.readline()
    end = time.monotonic() + seconds
    ended: dict[str, Counter[str]] = {name: Counter() for name in kinds}
    crowds = [
        Crowd(server, f"127.0.0.{11 + number}", is_greedy=number == 0) for number in range(CLIENTS)
    ]

    def run(name: str, attempts: Iterator[str]) -> None:
        while time.monotonic() < end:
            how = next(attempts)
            ended[name][how] += 1
            if how not in ACCEPTED:
                time.sleep(PAUSE)

    questions = islice(cycle(("file", "drawing")), QUESTIONS)
    threads = [*questions, "correction", "large upload", *(["small"] if all_kinds else [])]
    for number, crowd in enumerate(crowds):
        client = Client(server, f"127.0.0.{11 + number}")
        for index, name in enumerate(threads):
            attempts = kinds[name](client, functions, f"hostile-{number}-{index}")
            threading.Thread(target=run, args=(name, attempts), daemon=True).start()
        if all_kinds:
            threading.Thread(target=crowd.run, args=(end,), daemon=True).start()
    time.sleep(seconds)
    # What still waits for an answer doesn't count.
    told = {name: dict(each) for name, each in ended.items()}
    told["connection"] = dict(sum((crowd.ended for crowd in crowds), Counter()))
    told["most held"] = dict(sum((crowd.most for crowd in crowds), Counter()))
    print(json.dumps(told), flush=True)


def _allow_open_files() -> None:
    """Let this process hold as many connections as the system allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    attack(sys.argv[1], float(sys.argv[2]), all_kinds=sys.argv[3] == "all")
