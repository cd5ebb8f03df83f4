"""The API's description: the OpenAPI document, and the page for people."""

import json
import re
import urllib.request

import pytest
from fastapi.openapi.models import OpenAPI

from page import limits
from page.api.docs_page import build_docs_page
from page.api.openapi import (
    EXAMPLE,
    NUMBER_EXAMPLE,
    NUMBER_PATH,
    PREDICT_PATH,
    STATUSES,
    build_openapi,
)
from page.translations import CHINESE, ENGLISH, LANGUAGES
from page.ui.endpoint import build_answer, build_number_answer
from tests.support.number_drawings import draw_number


def fetch(url, **headers):
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=60) as response:
        return response.headers, response.read().decode()


def test_served_document_is_valid_openapi(app_url):
    headers, text = fetch(f"{app_url}/api/openapi.json")
    assert headers["Content-Type"] == "application/json"
    document = json.loads(text)
    assert OpenAPI.model_validate(document).openapi == "3.1.0"
    assert [*document["paths"]] == ["/api/predict", "/api/read_number"]
    for path in document["paths"].values():
        assert {*path["post"]["responses"]} == {"200", *map(str, STATUSES)}
    for reference in re.findall(r'"\$ref": ?"#/([^"]+)"', json.dumps(document)):
        found = document
        for name in reference.split("/"):
            found = found[name]
    assert document["servers"] == [{"url": "/"}]


@pytest.mark.parametrize("path", [PREDICT_PATH, NUMBER_PATH])
def test_document_names_the_limits_and_when_to_ask_again(path):
    document = build_openapi("/digits", "600/minute")
    assert document["servers"] == [{"url": "/digits"}]
    operation = document["paths"][path]["post"]
    for limit in ("20 MB", "4096x4096", "2500x2500", "600/minute"):
        assert limit in operation["description"]
    assert "may send" not in build_openapi("", "")["paths"][path]["post"]["description"]
    content = operation["requestBody"]["content"]
    assert content["image/*"]["schema"]["maxLength"] == limits.MAX_UPLOAD_BYTES
    for status in ("429", "503"):
        assert "Retry-After" in operation["responses"][status]["headers"]


def test_example_and_schema_have_the_fields_of_an_answer(answer):
    fields = build_answer(answer)
    schema = build_openapi("", "")["components"]["schemas"]["Answer"]
    assert [*fields] == [*EXAMPLE] == schema["required"] == [*schema["properties"]]
    assert fields["verdict"] in schema["properties"]["verdict"]["enum"]
    assert len(fields["confidences"]) == schema["properties"]["confidences"]["maxItems"]


def test_example_and_schema_have_the_fields_of_a_number(classifier):
    fields = build_number_answer(classifier.read_number(draw_number("40")))
    schema = build_openapi("", "")["components"]["schemas"]["NumberAnswer"]
    assert [*fields] == [*NUMBER_EXAMPLE] == schema["required"] == [*schema["properties"]]
    digit = schema["properties"]["digits"]["items"]
    for found in (*fields["digits"], *NUMBER_EXAMPLE["digits"]):
        assert [*found] == digit["required"] == [*digit["properties"]]
        assert len(found["box"]) == digit["properties"]["box"]["maxItems"]


@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=[tags[0] for tags in LANGUAGES])
def test_docs_page_has_every_status_and_limit_and_loads_nothing_from_elsewhere(texts):
    page = build_docs_page(texts, "600/minute")
    for status in STATUSES:
        assert f"<td>{status}<td>{texts[f'api_status_{status}']}" in page
    assert "600/minute" in page
    assert "curl --data-binary @drawing.png http://127.0.0.1:7860/api/predict" in page
    assert "curl --data-binary @number.png http://127.0.0.1:7860/api/read_number" in page
    assert not re.search(r"(src|href)=\"?(https?:)?//", page)


def test_docs_page_is_in_the_visitors_language(app_url):
    assert ENGLISH["api_limits_title"] in fetch(f"{app_url}/api/docs")[1]
    headers, page = fetch(f"{app_url}/api/docs", **{"Accept-Language": "zh-CN,en"})
    assert CHINESE["api_limits_title"] in page
    assert '<html lang="zh">' in page
    assert "Accept-Language" in headers["Vary"]
