"""Memory for the bodies of API requests."""

import pytest

from page import limits
from page.errors import BusyError
from page.server.body_room import BodyRoom


def test_bodies_share_their_room_and_one_address_gets_half_of_it(monkeypatch):
    monkeypatch.setattr("page.limits.MAX_BODIES_BYTES", 100)
    monkeypatch.setattr("page.limits.MAX_BODIES_BYTES_PER_ADDRESS", 50)
    room = BodyRoom()
    with room.held("a") as hold_a, room.held("b") as hold_b:
        hold_a(50)
        with pytest.raises(BusyError):
            hold_a(1)
        hold_b(50)
        with room.held("c") as hold_c, pytest.raises(BusyError):
            hold_c(1)
    with room.held("a") as hold_a:
        hold_a(50)


def test_largest_body_of_each_form_has_room():
    """In JSON, it is held twice."""
    largest = limits.MAX_UPLOAD_BYTES + limits.MAX_FORM_BYTES
    assert 2 * largest <= limits.MAX_BODIES_BYTES_PER_ADDRESS <= limits.MAX_BODIES_BYTES
