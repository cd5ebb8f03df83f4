"""The description of the API for programs: an OpenAPI 3.1 document."""

from __future__ import annotations

from typing import Any

import sketchdigits
from page import limits
from page.translations import ENGLISH, ENGLISH_ONLY
from page.ui.answer import TOP_K
from page.ui.endpoint import describe_number_endpoint
from sketchdigits.numbers.reader import MAX_DIGITS
from sketchdigits.preprocessing.decode import MAX_WEBP_PIXELS
from sketchdigits.preprocessing.image_limits import MAX_PIXELS

PREDICT_PATH, NUMBER_PATH = "/api/predict", "/api/read_number"
OPENAPI_PATH, DOCS_PATH = "/api/openapi.json", "/api/docs"
# Each has a sentence in `page/translations.py`: "api_status_400", and so on.
STATUSES = (400, 408, 413, 415, 422, 429, 503)
# Those with the header Retry-After.
TEMPORARY_STATUSES = (429, 503)
EXAMPLE = {
    "label": "7",
    "confidences": [
        {"label": "7", "confidence": 0.98},
        {"label": "1", "confidence": 0.01},
        {"label": "9", "confidence": 0.005},
    ],
    "is_digit": True,
    "digit_score": 0.97,
    "verdict": "digit",
}
NUMBER_EXAMPLE: dict[str, Any] = {
    "text": "40",
    "confidence": 0.93,
    "is_number": True,
    "digits": [
        {
            "label": "4",
            "confidences": [
                {"label": "4", "confidence": 0.97},
                {"label": "9", "confidence": 0.02},
                {"label": "6", "confidence": 0.004},
            ],
            "box": [52, 121, 80, 133],
        },
        {
            "label": "0",
            "confidences": [
                {"label": "0", "confidence": 0.99},
                {"label": "6", "confidence": 0.005},
                {"label": "2", "confidence": 0.001},
            ],
            "box": [160, 118, 84, 140],
        },
    ],
    "lines": ["40"],
    "left_out": [[258, 240, 12, 11]],
    "unexplained": [],
}
_DIGIT = {"type": "string", "pattern": "^[0-9]$"}
_PROBABILITY = {"type": "number", "minimum": 0, "maximum": 1}
_CONFIDENCES = {
    "type": "array",
    "minItems": TOP_K,
    "maxItems": TOP_K,
    "items": {
        "type": "object",
        "required": ["label", "confidence"],
        "properties": {"label": _DIGIT, "confidence": _PROBABILITY},
    },
}
_BOX = {
    "type": "array",
    "description": "x, y, width and height in pixels of the image",
    "minItems": 4,
    "maxItems": 4,
    "items": {"type": "integer", "minimum": 0},
}
_BOXES = {"type": "array", "items": _BOX}
_ANSWER = {
    "type": "object",
    "required": [*EXAMPLE],
    "properties": {
        "label": _DIGIT,
        "confidences": _CONFIDENCES,
        "is_digit": {"type": "boolean"},
        "digit_score": _PROBABILITY,
        "verdict": {"enum": ["digit", "unusual", "no digit"]},
    },
    "example": EXAMPLE,
}
_NUMBER_ANSWER = {
    "type": "object",
    "required": [*NUMBER_EXAMPLE],
    "properties": {
        "text": {"type": "string", "description": "The lines, joined by line ends."},
        "confidence": _PROBABILITY,
        "is_number": {"type": "boolean"},
        "digits": {
            "type": "array",
            "maxItems": MAX_DIGITS,
            "items": {
                "type": "object",
                "required": ["label", "confidences", "box"],
                "properties": {"label": _DIGIT, "confidences": _CONFIDENCES, "box": _BOX},
            },
        },
        "lines": {"type": "array", "items": {"type": "string", "pattern": "^[0-9]+$"}},
        "left_out": _BOXES,
        "unexplained": _BOXES,
    },
    "example": NUMBER_EXAMPLE,
}
_ERROR = {
    "type": "object",
    "required": ["detail"],
    "properties": {"detail": {"type": "string"}},
}
_RETRY_AFTER = {"Retry-After": {"schema": {"type": "integer", "minimum": 1}}}


def describe_limits(texts: dict[str, str], rate_limit: str) -> str:
    """One paragraph about the limits on an image and on a client; no rate limit: ""."""
    megabytes = limits.MAX_UPLOAD_BYTES // 1_000_000
    side, webp_side = round(MAX_PIXELS**0.5), round(MAX_WEBP_PIXELS**0.5)
    text = texts["api_limits"].format(
        megabytes=megabytes, side=f"{side}x{side}", webp=f"{webp_side}x{webp_side}"
    )
    return f"{text} {texts['api_rate_limit'].format(limit=rate_limit)}" if rate_limit else text


def build_openapi(root_path: str, rate_limit: str) -> dict[str, Any]:
    """The document.

    Args:
        root_path: the prefix of the page's address, or its whole address; "": none.
        rate_limit: such as "600/minute"; "": none.
    """
    file = {"type": "string", "format": "binary", "maxLength": limits.MAX_UPLOAD_BYTES}
    encoded = {"type": "string", "description": "base64, or a data URI in base64"}
    bodies = {
        "image/*": file,
        "application/octet-stream": file,
        "multipart/form-data": _object("image", file),
        "application/json": _object("image", encoded),
    }

    def describe(name: str, summary: str, description: str, answer: str) -> dict[str, Any]:
        responses = {"200": _response("The answer.", answer)}
        for status in STATUSES:
            responses[str(status)] = _response(ENGLISH[f"api_status_{status}"], "Error")
            if status in TEMPORARY_STATUSES:
                responses[str(status)]["headers"] = _RETRY_AFTER
        return {
            "operationId": name,
            "summary": summary,
            "description": f"{description}\n\n{describe_limits(ENGLISH, rate_limit)}",
            "requestBody": {
                "required": True,
                "content": {kind: {"schema": schema} for kind, schema in bodies.items()},
            },
            "responses": responses,
        }

    predict = describe(
        "predict", "Read a handwritten digit", ENGLISH_ONLY["endpoint_description"], "Answer"
    )
    read_number = describe(
        "read_number", "Read a handwritten number", describe_number_endpoint(), "NumberAnswer"
    )
    schemas = {"Answer": _ANSWER, "NumberAnswer": _NUMBER_ANSWER, "Error": _ERROR}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sketchdigits",
            "version": sketchdigits.__version__,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": root_path or "/"}],
        "paths": {PREDICT_PATH: {"post": predict}, NUMBER_PATH: {"post": read_number}},
        "components": {"schemas": schemas},
    }


def _object(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": [name], "properties": {name: schema}}


def _response(description: str, schema: str) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    content = {"application/json": {"schema": reference}}
    return {"description": description, "content": content}
