"""A visitor draws while eight clients send what once hurt a server: answers and memory.

The server has a gigabyte, as a small container: Linux gives it no more than what visitors' files
leave of it. `ATTACK_SECONDS` is how many seconds the clients send; 10 by default, 60 for a whole
minute. They send the most expensive requests; with `ATTACK_KINDS=all` also many small ones, and
they hold connections open. The test prints what it measured (`-rP`).

Not reached yet: with all kinds, a visitor was once told "busy" within a minute, on two slow cores.
"""

import json
import os
import resource
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from page import limits
from tests.page.server.test_queue import DRAWING
from tests.support.hostile_crowd import HELD
from tests.support.memory import (
    cpu_seconds,
    machine_busy_seconds,
    peak_megabytes,
    resident_megabytes,
)
from tests.support.plain_http import ask_as_the_page_does, find_page_question
from tests.support.running_app import REPOSITORY, running_process

pytestmark = [
    pytest.mark.load,
    pytest.mark.skipif(
        not os.environ.get("ALLOW_LOAD"),
        reason="ALLOW_LOAD is not set: this test takes the whole machine",
    ),
]
ATTACK_SECONDS = float(os.environ.get("ATTACK_SECONDS", "10"))
ATTACK_KINDS = os.environ.get("ATTACK_KINDS", "expensive")
# A person needs at least this long for a stroke, in seconds.
STROKE = 0.2
# Bytes. In a container with a `tmpfs` the files are in its memory.
CONTAINER_BYTES = 1_000_000_000
SERVER_BYTES = CONTAINER_BYTES - limits.MAX_FILES_BYTES
# Address space of a thread's stack. Linux's usual 8 MB would count, although threads use little of
# them: 34 threads had 270 MB.
STACK_BYTES = 2 * 2**20


# Kinds of small hostile requests, and how those end that no room is left for, or that are refused.
SMALL_KINDS = 15
REFUSALS = {
    "1 MB of short lists": "status 400",
    "deep lists": "status 400",
    "an address as a file": "status 404",
    "an icon": "status 404",
    "a line for the log": "status 400",
    "two files": "status 400",
    "a file of another website": "status 403",
}


class Attack(NamedTuple):
    """What was measured.

    Attributes:
        alone: the seconds of each answer before the attack.
        attacked: the same during the attack.
        share: the part of the machine's CPU time that other processes left during the attack.
        ended: for each kind of hostile request, how many ended in which way; and how many
            connections were held at the same time.
        megabytes: the server's largest memory.
        file_megabytes: the most that visitors' files took.
        together: the most that both took at the same time.
        log: the server's.
    """

    alone: list[float]
    attacked: list[float]
    share: float
    ended: dict[str, dict[str, int]]
    megabytes: float
    file_megabytes: float
    together: float
    log: str


def seconds_to_answer(url: str, question: int, session: str) -> float:
    """Draw a 2 as a visitor of the page does, and wait for the answer."""
    started = time.monotonic()
    ask_as_the_page_does(url, question, DRAWING, session)
    address = f"{url}/gradio_api/queue/data?session_hash={session}"
    with urllib.request.urlopen(address, timeout=120) as response:
        answer = response.read().decode()
    assert '"label":"2"' in answer, answer
    return time.monotonic() - started


def file_megabytes(folder: Path) -> float:
    """The size of all files; some may be deleted meanwhile."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(path, name)).st_size
            except FileNotFoundError:
                continue
    return total / 2**20


def seconds_of_others(*processes: subprocess.Popen) -> float:
    """The CPU time of the machine's other processes."""
    return machine_busy_seconds() - time.process_time() - sum(cpu_seconds(p.pid) for p in processes)


def limit_memory() -> None:
    """Limit the server's own memory, also what it has asked for and not used yet.

    More than that is a `MemoryError`.
    """
    resource.setrlimit(resource.RLIMIT_DATA, (SERVER_BYTES, SERVER_BYTES))
    resource.setrlimit(resource.RLIMIT_STACK, (STACK_BYTES, STACK_BYTES))


@pytest.fixture(scope="module")
def attack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("attacked")
    with running_process(folder, options={"preexec_fn": limit_memory}) as (url, process):
        question = find_page_question(url)
        hostile = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.support.hostile_clients",
                url,
                str(ATTACK_SECONDS),
                ATTACK_KINDS,
            ],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert hostile.stdin
            assert hostile.stdout
            assert hostile.stdout.readline() == "ready\n"
            alone = [seconds_to_answer(url, question, "visitor") for _ in range(20)]
            hostile.stdin.write("go\n")
            hostile.stdin.flush()
            attacked, files, together = [], 0.0, 0.0
            started, taken = time.monotonic(), -seconds_of_others(process, hostile)
            end = started + ATTACK_SECONDS
            while time.monotonic() < end:
                attacked.append(seconds_to_answer(url, question, "visitor"))
                stored = file_megabytes(folder / "uploads")
                files = max(files, stored)
                together = max(together, stored + resident_megabytes(process.pid))
                time.sleep(STROKE)
            taken += seconds_of_others(process, hostile)
            seconds = (time.monotonic() - started) * (os.cpu_count() or 1)
            share = 1 - max(0.0, taken) / seconds  # the times are rounded
            ended = json.loads(hostile.stdout.readline())
        finally:
            hostile.kill()
            hostile.communicate()
        with urllib.request.urlopen(f"{url}/readyz", timeout=30) as response:
            assert response.status == 200
        megabytes = peak_megabytes(process.pid)
        log = (folder / "log").read_text()
    return Attack(alone, attacked, share, ended, megabytes, files, together, log)


def test_visitor_is_answered_within_two_seconds_while_eight_clients_do_their_worst(attack):
    """On a slow machine: within forty times what the same drawing takes alone.

    If other processes take a part of the CPU time, the server needs longer by as much.
    """
    usual, slowest = np.median(attack.alone), np.percentile(attack.attacked, 99)
    print(
        f"{len(attack.attacked)} drawings: 99 % within {slowest:.2f} s, half within "
        f"{np.median(attack.attacked):.2f} s; alone {usual:.3f} s; {slowest / usual:.0f} times. "
        f"{attack.share:.0%} of the machine. Hostile requests: {attack.ended}"
    )
    assert slowest * attack.share <= max(2.0, 40 * usual)


def test_server_survives_the_attack_in_a_container_of_a_gigabyte(attack):
    """The server is ready after it, see `attack`, and never had too little memory."""
    print(
        f"{attack.megabytes:.0f} MB of memory and {attack.file_megabytes:.0f} MB of files at most, "
        f"together {attack.together:.0f} MB"
    )
    assert "MemoryError" not in attack.log
    assert "Traceback" not in attack.log
    assert attack.file_megabytes * 2**20 <= limits.MAX_FILES_BYTES
    assert attack.megabytes * 2**20 < SERVER_BYTES
    assert attack.together * 2**20 < CONTAINER_BYTES


def test_attack_was_one(attack):
    """The queue was full, and requests of several kinds were accepted."""
    for name, ended in attack.ended.items():
        print(name, ended)
    questions = Counter(attack.ended["drawing"]) + Counter(attack.ended["file"])
    assert questions["status 503"] > 0
    assert questions["answered"] > ATTACK_SECONDS / 5
    assert attack.ended["large upload"].get("uploaded", 0) > 0


@pytest.mark.skipif(ATTACK_KINDS != "all", reason="ATTACK_KINDS is not all")
def test_attack_had_all_kinds(attack):
    assert attack.ended["correction"]
    small = {ended.split(":")[0] for ended in attack.ended["small"]}
    assert len(small) == SMALL_KINDS, small
    held = attack.ended["most held"]
    assert held["heartbeat"] >= limits.MAX_HEARTBEATS
    assert min(held[kind] for kind in HELD) > 100, held


@pytest.mark.skipif(ATTACK_KINDS != "all", reason="ATTACK_KINDS is not all")
def test_small_hostile_requests_are_refused(attack):
    """Those that no limit lets through now and then."""
    for kind, refusal in REFUSALS.items():
        ended = {how for how in attack.ended["small"] if how.startswith(f"{kind}: ")}
        assert ended <= {f"{kind}: {how}" for how in (refusal, "status 503", "status 0")}, ended
