"""Images that are decoded at the same time share one limit on their memory."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from page import limits
from page.corrections.store import encode_png
from page.server import decoding_room
from page.server.decoding_room import DecodingRoom, read_in_turn
from sketchdigits import InvalidImageError
from sketchdigits.preprocessing.decode import MAX_DECODING_BYTES
from tests.page.server.test_queue import ask, listen
from tests.support.measure_large_images import large_drawing
from tests.support.memory import peak_megabytes, resident_megabytes
from tests.support.plain_http import upload
from tests.support.polylines import draw
from tests.support.running_app import running_process
from tests.support.try_hostile_images import encode


def test_image_waits_until_others_give_their_memory_back_and_a_small_one_goes_ahead():
    room, entered = DecodingRoom(100), threading.Event()

    def enter():
        with room.reserved(60):
            entered.set()

    thread = threading.Thread(target=enter)
    with room.reserved(60):
        thread.start()
        with room.reserved(40):
            pass
        assert not entered.wait(0.3)  # time to enter, if it could
    assert entered.wait(10)
    thread.join()


def test_small_image_waits_for_nothing():
    """Large ones may leave less than it wants."""
    room, entered = DecodingRoom(100, small=10), threading.Event()

    def enter():
        with room.reserved(10):
            entered.set()

    thread = threading.Thread(target=enter)
    with room.reserved(95):
        thread.start()
        assert entered.wait(10)
    thread.join()


def test_image_that_wants_more_than_there_is_gets_all_and_an_error_gives_it_back():
    room = DecodingRoom(100)
    for _ in range(2):
        with pytest.raises(ValueError, match="damaged"), room.reserved(1_000):
            raise ValueError("damaged")


def test_largest_image_fits_into_the_room():
    assert MAX_DECODING_BYTES <= limits.MAX_DECODING_BYTES


def test_visitors_images_are_decoded_in_the_room_and_arrays_are_not(monkeypatch):
    reserved = []

    class Recorder(DecodingRoom):
        def reserved(self, wanted):
            reserved.append(wanted)
            return super().reserved(wanted)

    monkeypatch.setattr(decoding_room, "_room", Recorder(10**6))
    drawing = encode(Image.fromarray(draw(3, size=100)), "PNG")
    np.testing.assert_array_equal(read_in_turn(drawing)[..., 0], draw(3, size=100))
    encode_png(drawing)
    read_in_turn(draw(3))
    with pytest.raises(InvalidImageError):
        read_in_turn(b"no image")
    assert reserved == [40_000, 40_000]


@pytest.mark.slow
def test_server_needs_little_more_memory_for_many_large_images_than_for_one(tmp_path):
    """Before there was any limit, four at a time took more than a gigabyte."""
    progressive = {"progressive": True, "subsampling": 0}
    files = [
        encode(large_drawing("RGB", 8192, 4096), "JPEG", progressive=True),
        encode(large_drawing("RGB", 3200, 4096), "JPEG", **progressive),
        encode(large_drawing("RGBA", 4096, 4096), "PNG", compress_level=1),
        encode(large_drawing("CMYK", 3520, 3520), "JPEG", **progressive),
    ]
    with running_process(tmp_path, forks=False) as (url, process):
        paths = [upload(url, file) for file in files]
        before = resident_megabytes(process.pid)
        events = [ask(url, path) for path in paths * 3]
        with ThreadPoolExecutor(len(events)) as threads:
            answers = list(threads.map(lambda event: listen(url, event), events))
        grown = peak_megabytes(process.pid) - before
    assert all("event: complete" in answer for answer in answers), answers
    assert grown < 330  # without the limit on all decodings together: 362
