"""Requests as README's curl commands and the page send them, over plain HTTP."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request

import pytest

JSON = {"Content-Type": "application/json"}


def post(url, body, headers):
    """The JSON that a POST returns."""
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def call_over_http(app_url, file_data, endpoint="predict"):
    """Send an endpoint an uploaded file, read the event stream, and return its text."""
    body = json.dumps({"data": [file_data]}).encode()
    url = f"{app_url}/gradio_api/call/{endpoint}"
    event = post(url, body, {"Content-Type": "application/json"})["event_id"]
    with urllib.request.urlopen(f"{url}/{event}", timeout=30) as response:
        return response.read().decode()


def find_page_question(app_url, elem_id="read-drawing") -> int:
    """The `fn_index` of the function that the page calls for an event of a component.

    By default, it is the one that it calls for a drawing.
    """
    with urllib.request.urlopen(f"{app_url}/config", timeout=30) as response:
        config = json.load(response)
    [component] = [
        component["id"]
        for component in config["components"]
        if component["props"].get("elem_id") == elem_id
    ]
    [question] = [
        function["id"]
        for function in config["dependencies"]
        if any(target == component for target, _ in function["targets"])
    ]
    return question


def ask_as_the_page_does(app_url, question, png, session, client=""):
    """Send a drawing as the page does after a stroke; return the event's id.

    `client` is an address that a proxy on this machine would send; "": there is no proxy.
    """
    drawing = "data:image/png;base64," + base64.b64encode(png).decode()
    body = {"data": [drawing, False], "fn_index": question, "session_hash": session}
    headers = {"Content-Type": "application/json"} | ({"X-Forwarded-For": client} if client else {})
    return post(f"{app_url}/gradio_api/queue/join", json.dumps(body).encode(), headers)["event_id"]


def listen_as_the_page_does(app_url, session):
    """The text of all messages for a session, until its last question is answered."""
    address = f"{app_url}/gradio_api/queue/data?session_hash={session}"
    with urllib.request.urlopen(address, timeout=120) as response:
        return response.read().decode()


def upload(app_url, content):
    """Upload a file; return its path on the server."""
    body = (
        b'--edge\r\nContent-Disposition: form-data; name="files"; filename="7.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + content + b"\r\n--edge--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=edge"}
    return post(f"{app_url}/gradio_api/upload", body, headers)[0]


def refusal(url, body=b"{}", headers=JSON, method="POST"):
    """Send a request that must be refused; return its status and message."""
    request = urllib.request.Request(url, body, headers, method=method)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=60)
    return caught.value.code, message_of(caught.value)


def message_of(error):
    """The message of a refused request."""
    detail = json.load(error)["detail"]
    if error.code != 422:
        return detail
    [invalid] = detail
    assert (invalid["__type__"], invalid["is_valid"]) == ("validate", False)
    return invalid["message"]
