"""What README's curl commands send, for tests that look at the bytes."""

from __future__ import annotations

import json
import urllib.request


def post(url, body, headers):
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def call_over_http(app_url, file_data):
    """README's curl commands: ask, then listen for the answer."""
    body = json.dumps({"data": [file_data]}).encode()
    url = f"{app_url}/gradio_api/call/predict"
    event = post(url, body, {"Content-Type": "application/json"})["event_id"]
    with urllib.request.urlopen(f"{url}/{event}", timeout=30) as response:
        return response.read().decode()


def upload(app_url, content):
    body = (
        b'--edge\r\nContent-Disposition: form-data; name="files"; filename="7.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + content + b"\r\n--edge--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=edge"}
    return post(f"{app_url}/gradio_api/upload", body, headers)[0]
