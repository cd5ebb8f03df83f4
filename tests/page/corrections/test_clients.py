"""What one client may send, and what a row tells about it."""

import json
import re
import threading
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest
from starlette.requests import Request

from page import limits
from page.corrections.clients import SALT_FILE, ClientCodes
from page.corrections.errors import CorrectionsFullError, CorrectionsQuotaError, Quota
from page.served_model import load_served_model
from page.server.client_address import IPV6_SITE_BITS, client_address
from page.translations import CHINESE, ENGLISH
from page.ui.answer import Reading
from page.ui.correction_panel import build_correction_panel
from tests.conftest import REPOSITORY
from tests.support.corrections_store import new_address, rows

BOT = "198.51.100.7"
SMALL = np.zeros((28, 28), np.uint8)
SMALL[8:20, 12:16] = 255


@pytest.fixture
def clock(monkeypatch):
    """The clock that the limits read: `clock.now`, in seconds."""
    clock = SimpleNamespace(now=1_000_000_000.0)
    fake = SimpleNamespace(time=lambda: clock.now)
    monkeypatch.setattr("limits.storage.memory.time", fake)
    monkeypatch.setattr("limits.strategies.time", fake)
    return clock


def send(store, answer, address=BOT, drawing=SMALL):
    """Send a correction; returns the quota that refused it, or None."""
    try:
        store.save(drawing, 7, answer, "owner/name", None, address=address)
    except CorrectionsQuotaError as error:
        return error.quota
    return None


def test_bot_that_sends_36_a_second_stores_10_a_minute_and_stops_nobody(open_store, answer, clock):
    store = open_store()
    outcomes = []
    for _ in range(36 * 60):
        outcomes.append(send(store, answer))
        clock.now += 1 / 36
    assert outcomes.count(None) == limits.MAX_CORRECTIONS_PER_MINUTE == 10
    assert {*outcomes} == {None, Quota.MINUTE}
    assert send(store, answer, new_address()) is None


def test_bot_stores_100_a_day_and_more_on_the_next(open_store, answer, clock):
    store = open_store()
    for expected in (100, 200):
        for _ in range(200):
            last = send(store, answer)
            clock.now += 60
        assert last is Quota.DAY
        assert store._count == expected
        clock.now += 24 * 3600
    assert limits.MAX_CORRECTIONS_PER_DAY == 100


def test_one_client_never_fills_the_store_even_over_months_and_restarts(
    open_store, answer, clock, monkeypatch
):
    monkeypatch.setattr("page.limits.MAX_CORRECTIONS", 40)
    for _ in range(4):  # the counts of the last minutes are gone, those of the rows are not
        store = open_store()
        for _ in range(10):
            last = send(store, answer)
            clock.now += 24 * 3600
    assert last is Quota.STORE
    assert store._count == 4
    others = [new_address() for _ in range(36)]
    assert [send(store, answer, each) for each in others] == [None] * 36
    with pytest.raises(CorrectionsFullError):
        send(store, answer, new_address())


def test_one_client_never_fills_the_bytes_of_the_store(open_store, answer, clock):
    noise = np.random.default_rng(0).integers(0, 256, (100, 100), np.uint8)  # 10 kB
    for _ in range(2):
        store = open_store(FEEDBACK_MAX_MB="0.5")
        for _ in range(10):
            last = send(store, answer, drawing=noise)
            clock.now += 24 * 3600
    assert last is Quota.STORE
    assert 40_000 < store._bytes <= 50_000
    assert send(store, answer, new_address(), noise) is None


def test_refused_corrections_do_not_lengthen_the_wait(open_store, answer, clock):
    store = open_store()
    for _ in range(50):
        send(store, answer)
    clock.now += 61
    assert send(store, answer) is None


def test_rows_of_one_client_have_one_code_and_no_row_has_an_address(open_store, answer, tmp_path):
    for store in (open_store(), open_store()):  # two processes, or a restart
        for address in (BOT, "203.0.113.9"):
            send(store, answer, address)
    codes = [row["client"] for row in rows(tmp_path / "kept")]
    assert sorted(map(codes.count, {*codes})) == [2, 2]
    assert BOT not in json.dumps(rows(tmp_path / "kept"))


def test_salt_is_random_for_each_store_private_and_not_among_the_uploaded_data(
    open_store, answer, tmp_path
):
    send(open_store(), answer)
    send(open_store(FEEDBACK_DIR=str(tmp_path / "other")), answer)
    salts = [tmp_path / name / SALT_FILE for name in ("kept", "other")]
    assert len({salt.read_bytes() for salt in salts}) == 2
    assert all(salt.stat().st_size == 32 for salt in salts)
    assert all(salt.stat().st_mode & 0o077 == 0 for salt in salts)
    [one], [other] = (rows(salt.parent) for salt in salts)
    assert one["client"] != other["client"]


def test_processes_that_start_at_the_same_time_have_one_salt(tmp_path):
    start, codes = threading.Barrier(8), []

    def compute():
        client_codes = ClientCodes(tmp_path)
        start.wait()
        codes.append(client_codes.code(BOT))

    threads = [threading.Thread(target=compute) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({*codes}) == 1
    assert [path.name for path in tmp_path.iterdir()] == [SALT_FILE]


def test_salt_is_written_on_a_disk_without_hard_links(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr("os.link", refuse)
    code = ClientCodes(tmp_path).code(BOT)
    assert ClientCodes(tmp_path).code(BOT) == code
    assert [path.name for path in tmp_path.iterdir()] == [SALT_FILE]


def test_rows_without_a_code_are_counted_for_nobody(open_store, answer, tmp_path):
    folder = tmp_path / "kept" / "data" / "20251125-1254-3f9a1c2b"
    folder.mkdir(parents=True)
    (folder / "metadata.jsonl").write_text('{"file_name": "00001.png"}\nno JSON\n[]\n')
    (folder / "00001.png").write_bytes(bytes(100))
    store = open_store()
    assert send(store, answer) is None
    assert store._count == 2


def test_client_of_ipv6_is_a_network_of_48_bits():
    hosts = ["2001:db8:1:2::1", "2001:db8:1:ffff::1", "2001:db8:2::1", BOT]
    found = [client_address({"client": (host, 1)}, IPV6_SITE_BITS) for host in hosts]
    assert found == ["2001:db8:1::/48", "2001:db8:1::/48", "2001:db8:2::/48", BOT]


@pytest.mark.parametrize(("language", "texts"), [("en", ENGLISH), ("zh", CHINESE)])
def test_page_counts_each_address_and_tells_why_it_stores_no_more(
    open_store, answer, drawing, language, texts
):
    """The function behind the button, as Gradio calls it."""
    model = REPOSITORY / "model"
    with gr.Blocks() as demo:
        build_correction_panel(gr.State(), open_store(), load_served_model(str(model), None, model))
    [event] = demo.fns.values()
    function: Any = event.fn

    def click(host):
        headers = [(b"accept-language", language.encode())]
        scope = {"type": "http", "headers": headers, "client": (host, 1)}
        reading = Reading(drawing, answer)
        return function(reading, "7", gr.Request(Request(scope)))[0]

    told = [click(BOT) for _ in range(11)]
    assert told == [texts["correction_thanks"]] * 10 + [texts["corrections_too_fast"]]
    assert click("203.0.113.9") == texts["correction_thanks"]
    assert re.search(r"minute|分钟", texts["corrections_too_fast"])
