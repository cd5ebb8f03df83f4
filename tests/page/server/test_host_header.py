"""The `Host` header: no answer contains that of another client, and a missing one is no error."""

import socket
import urllib.request
from urllib.parse import urlsplit

import pytest

from tests.support.plain_http import JSON, post


@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/info", "/gradio_api/openapi.json"])
@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "X-Gradio-Server"])
def test_no_page_names_the_host_of_an_earlier_request(app_url, path, header):
    def load(headers):
        request = urllib.request.Request(app_url + path, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.read().decode()

    value = "http://evil.example" if header == "X-Gradio-Server" else "evil.example"
    load({header: value})
    post(f"{app_url}/gradio_api/call/predict", b'{"data": [null]}', {**JSON, header: value})
    assert "evil.example" not in load({})


def test_api_description_names_the_host_of_its_own_request(app_url):
    request = urllib.request.Request(f"{app_url}/gradio_api/info", headers={"Host": "here.example"})
    with urllib.request.urlopen(request, timeout=30) as response:
        assert "here.example" in response.read().decode()


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_origin_without_a_host_causes_no_error(app_url, method):
    """HTTP/1.0 allows a request without a Host."""
    address = urlsplit(app_url)
    headers = "Origin: http://x\r\nAccess-Control-Request-Method: GET\r\n"
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(f"{method} / HTTP/1.0\r\n{headers}\r\n".encode())
        answer = connection.recv(1000).decode()
    assert answer.split()[1] == "400"
    assert "Access-Control-Allow-Origin" not in answer
