"""The drawing's way from the canvas: one flat PNG, as text."""

import base64
import json
import urllib.request

import pytest

from page.limits import MAX_DATA_URI_LENGTH
from page.ui.sketchpad import decode_drawing
from sketchdigits import InvalidImageError


def test_drawing_is_decoded_from_its_data_uri():
    png = b"\x89PNG whatever"
    uri = "data:image/png;base64," + base64.b64encode(png).decode()
    assert decode_drawing(uri) == png
    assert decode_drawing("") is None
    assert decode_drawing(None) is None


def test_long_data_uri_that_fits_the_body_is_refused_clearly():
    prefix = "data:image/png;base64,"
    longest = prefix + "A" * ((MAX_DATA_URI_LENGTH - len(prefix)) // 4 * 4)
    assert decode_drawing(longest)
    with pytest.raises(InvalidImageError, match="Draw again"):
        decode_drawing(prefix + "A" * MAX_DATA_URI_LENGTH)


def test_no_dependency_takes_the_sketchpads_layers(app_url):
    """A drawing arrives as one flat PNG."""
    with urllib.request.urlopen(f"{app_url}/config", timeout=30) as response:
        config = json.load(response)
    [sketchpad] = [
        component["id"]
        for component in config["components"]
        if component["props"].get("elem_id") == "sketchpad"
    ]
    assert not [each for each in config["dependencies"] if sketchpad in each["inputs"]]
