"""The description of the API for programs: an OpenAPI 3.1 document."""

from __future__ import annotations

from typing import Any

import sketchdigits
from page import limits
from page.translations import ENGLISH, ENGLISH_ONLY
from page.ui.answer import TOP_K
from sketchdigits.preprocessing.decode import MAX_WEBP_PIXELS
from sketchdigits.preprocessing.image_limits import MAX_PIXELS

PREDICT_PATH, OPENAPI_PATH, DOCS_PATH = "/api/predict", "/api/openapi.json", "/api/docs"
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
_DIGIT = {"type": "string", "pattern": "^[0-9]$"}
_PROBABILITY = {"type": "number", "minimum": 0, "maximum": 1}
_ANSWER = {
    "type": "object",
    "required": [*EXAMPLE],
    "properties": {
        "label": _DIGIT,
        "confidences": {
            "type": "array",
            "minItems": TOP_K,
            "maxItems": TOP_K,
            "items": {
                "type": "object",
                "required": ["label", "confidence"],
                "properties": {"label": _DIGIT, "confidence": _PROBABILITY},
            },
        },
        "is_digit": {"type": "boolean"},
        "digit_score": _PROBABILITY,
        "verdict": {"enum": ["digit", "unusual", "no digit"]},
    },
    "example": EXAMPLE,
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
    responses = {"200": _response("The answer.", "Answer")}
    for status in STATUSES:
        responses[str(status)] = _response(ENGLISH[f"api_status_{status}"], "Error")
        if status in TEMPORARY_STATUSES:
            responses[str(status)]["headers"] = _RETRY_AFTER
    operation = {
        "operationId": "predict",
        "summary": "Read a handwritten digit",
        "description": f"{ENGLISH_ONLY['endpoint_description']}\n\n"
        f"{describe_limits(ENGLISH, rate_limit)}",
        "requestBody": {
            "required": True,
            "content": {kind: {"schema": schema} for kind, schema in bodies.items()},
        },
        "responses": responses,
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sketchdigits",
            "version": sketchdigits.__version__,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": root_path or "/"}],
        "paths": {PREDICT_PATH: {"post": operation}},
        "components": {"schemas": {"Answer": _ANSWER, "Error": _ERROR}},
    }


def _object(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": [name], "properties": {name: schema}}


def _response(description: str, schema: str) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    content = {"application/json": {"schema": reference}}
    return {"description": description, "content": content}
