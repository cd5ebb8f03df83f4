"""The running app under a prefix: proxies that take it off, that keep it, and a real nginx."""

import http.client
import json
import ssl
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
from gradio_client import Client, handle_file

from page.translations import TOO_MANY_REQUESTS
from tests.conftest import REPOSITORY
from tests.support.api_requests import ask_api
from tests.support.nginx import documented_location, running_nginx
from tests.support.plain_http import call_over_http, post, upload
from tests.support.running_app import running_app

# Options of the client: on a busy machine an answer may take longer than httpx's five seconds.
PATIENT = {"timeout": 120}
DRAWING = REPOSITORY / "tests" / "golden" / "black-on-white.drawing.png"
RATE_LIMIT = "100/minute"
PREFIXES = ["", "/digits"]  # as a proxy that takes the prefix off passes a request on, or keeps it


@pytest.fixture(scope="module")
def app_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("app")


@pytest.fixture(scope="module")
def app_url(app_folder):
    """The app itself, at the address that a proxy asks."""
    root = "/digits"
    with running_app(
        app_folder, GRADIO_ROOT_PATH=root, FEEDBACK="off", RATE_LIMIT=RATE_LIMIT
    ) as url:
        yield url


def fetch(url, context=None):
    """The status and the text of a GET."""
    try:
        with urllib.request.urlopen(url, timeout=60, context=context) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.parametrize("prefix", PREFIXES)
def test_endpoint_answers_with_and_without_the_prefix(app_url, prefix):
    url = app_url + prefix
    path = upload(url, DRAWING.read_bytes())
    answer = call_over_http(url, {"path": path, "meta": {"_type": "gradio.FileData"}})
    assert json.loads(answer.split("data: ")[1])[0]["label"] == "2"


@pytest.mark.parametrize("prefix", PREFIXES)
def test_api_and_its_description_answer_with_and_without_the_prefix(app_url, prefix):
    answer = ask_api(app_url + prefix, DRAWING.read_bytes(), Origin="https://example.org")
    assert answer.content["label"] == "2"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    document = json.loads(fetch(f"{app_url}{prefix}/api/openapi.json")[1])
    assert document["servers"] == [{"url": "/digits"}]
    assert RATE_LIMIT in json.dumps(document)
    assert RATE_LIMIT in fetch(f"{app_url}{prefix}/api/docs")[1]


def test_api_tells_a_client_over_its_rate_when_to_ask_again(app_url):
    """The client is another one than those of the other tests: the proxy names its address."""
    client = {"X_Forwarded_For": "198.51.100.7", "Origin": "https://example.org"}
    for _ in range(250):  # a new minute may begin in between
        refused = ask_api(app_url, b"", **client)
        if refused.status == 429:
            break
    assert refused.content == {"detail": TOO_MANY_REQUESTS.format(limit=RATE_LIMIT)}
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["Access-Control-Allow-Origin"] == "*"
    assert ask_api(app_url, b"").status == 422  # others may ask


@pytest.mark.parametrize("path", ["/", "/config", "/healthz", "/readyz", "/preview.png"])
@pytest.mark.parametrize("prefix", PREFIXES)
def test_page_and_health_answer_with_and_without_the_prefix(app_url, prefix, path):
    with urllib.request.urlopen(app_url + prefix + path, timeout=60) as response:
        assert response.status == 200


@pytest.mark.parametrize("prefix", [*PREFIXES, "/digits/digits"])
def test_closed_paths_are_closed_under_the_prefix_too(app_url, app_folder, prefix):
    before = {*app_folder.rglob("*")}
    for path in ("/gradio_api/deep_link?session_hash=abc", "/monitoring", "/pwa_icon/1"):
        assert fetch(app_url + prefix + path)[0] == 404
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(f"{app_url}{prefix}/gradio_api/run/predict", b'{"data": []}', {})
    assert caught.value.code == 404
    assert {*app_folder.rglob("*")} == before


def test_preview_has_the_prefix_in_its_address(app_url):
    head = json.loads(fetch(f"{app_url}/config")[1])["head"]
    assert '<meta property="og:image" content="/digits/preview.png">' in head


@pytest.fixture(scope="module", params=[False, True], ids=["takes it off", "keeps it"])
def behind_nginx(request, app_url, tmp_path_factory):
    """The page's address behind nginx, with https."""
    location = documented_location(app_url, keeps_prefix=request.param)
    with running_nginx(tmp_path_factory.mktemp("nginx"), location) as address:
        yield f"{address}/digits"


@pytest.mark.nginx
def test_behind_nginx_the_page_knows_its_own_address(behind_nginx):
    context = ssl._create_unverified_context()  # the certificate is of this test
    status, config = fetch(f"{behind_nginx}/config", context)
    assert (status, json.loads(config)["root"]) == (200, behind_nginx)
    assert fetch(behind_nginx, context)[0] == 200  # without the slash, too
    assert fetch(f"{behind_nginx}/healthz", context) == (200, '{"status":"alive"}')


@pytest.mark.nginx
def test_behind_nginx_closed_paths_are_closed(behind_nginx):
    context = ssl._create_unverified_context()
    for path in ("gradio_api/deep_link?session_hash=abc", "monitoring", "digits/monitoring"):
        assert fetch(f"{behind_nginx}/{path}", context)[0] == 404


@pytest.mark.nginx
def test_behind_nginx_gradio_client_gets_its_answer(behind_nginx):
    client = Client(f"{behind_nginx}/", ssl_verify=False, verbose=False, httpx_kwargs=PATIENT)
    assert client.predict(handle_file(DRAWING), api_name="/predict")["label"] == "2"


@pytest.mark.nginx
def test_behind_nginx_a_file_of_20_mb_is_accepted(behind_nginx, tmp_path):
    """nginx alone would refuse more than 1 MB."""
    file = tmp_path / "large.png"
    file.write_bytes(DRAWING.read_bytes() + bytes(19_900_000))
    client = Client(f"{behind_nginx}/", ssl_verify=False, verbose=False, httpx_kwargs=PATIENT)
    assert client.predict(handle_file(file), api_name="/predict")["label"] == "2"


@pytest.mark.nginx
def test_behind_nginx_a_client_that_writes_other_addresses_is_still_one_client(behind_nginx):
    """nginx appends the client's real address to those that the client has written."""
    address = urlsplit(behind_nginx)
    connection = http.client.HTTPSConnection(
        str(address.hostname),
        address.port,
        timeout=60,
        context=ssl._create_unverified_context(),
        source_address=("127.0.0.5", 0),
    )
    statuses = set()
    for number in range(250):  # a new minute may begin in between
        forwarded = {"X-Forwarded-For": f"203.0.113.{number}"}
        connection.request("POST", "/digits/api/predict", b"", forwarded)
        with connection.getresponse() as response:
            statuses.add(response.status)
            response.read()
        if 429 in statuses:
            break
    connection.close()
    assert 429 in statuses
    assert statuses <= {422, 429}
