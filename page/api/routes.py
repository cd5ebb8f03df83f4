"""The routes of the API: `/api/predict`, `/api/read_number`, their description, and a page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import BaseRoute, Route

from page import limits
from page.api.docs_page import build_docs_page
from page.api.image_body import BodyError, read_image_body
from page.api.openapi import (
    DOCS_PATH,
    NUMBER_PATH,
    OPENAPI_PATH,
    PREDICT_PATH,
    build_openapi,
)
from page.errors import BusyError
from page.server.decoding_room import read_in_turn
from page.server.direct_requests import DirectRequests
from page.server.error_responses import refuse_for_now
from page.translations import texts_for
from page.ui.endpoint import answer_number, build_answer
from sketchdigits import DigitClassifier, InvalidImageError, SketchdigitsError


def api_routes(
    classifier: DigitClassifier, direct: DirectRequests, *, root_path: str, rate_limit: str
) -> list[BaseRoute]:
    """Build the routes.

    Args:
        classifier: the model that answers.
        direct: runs the predictions.
        root_path: the prefix of the page's address, for the description; "": none.
        rate_limit: such as "600/minute", for the description; "": none.
    """
    description = build_openapi(root_path, rate_limit)

    def predict(image: bytes) -> dict[str, Any]:
        return build_answer(classifier.predict(read_in_turn(image)))

    def read_number(image: bytes) -> dict[str, Any]:
        return answer_number(classifier, image)

    async def respond(answer: Callable[[bytes], dict[str, Any]], request: Request) -> JSONResponse:
        chunks = request.stream()
        try:
            image = await read_image_body(request.headers, chunks)
            return JSONResponse(await direct.run(partial(answer, image), request))
        except (BusyError, BodyError, SketchdigitsError) as error:
            async for _ in chunks:  # most clients read the response only after sending the body
                pass
            return refuse_image(error)

    async def openapi(_: Request) -> JSONResponse:
        return JSONResponse(description)

    async def docs(request: Request) -> HTMLResponse:
        texts = texts_for(request)
        return HTMLResponse(build_docs_page(texts, rate_limit), headers={"Vary": "Accept-Language"})

    return [
        Route(PREDICT_PATH, partial(respond, predict), methods=["POST"]),
        Route(NUMBER_PATH, partial(respond, read_number), methods=["POST"]),
        Route(OPENAPI_PATH, openapi),
        Route(DOCS_PATH, docs),
    ]


def refuse_image(error: Exception) -> JSONResponse:
    """The response `{"detail": message}` to a request that gets no answer.

    `detail` is always a string here, because only `gradio_client` expects a list.
    """
    if isinstance(error, BusyError):
        return refuse_for_now(503, str(error), limits.BUSY_RETRY_AFTER)
    if isinstance(error, BodyError):
        return JSONResponse({"detail": str(error)}, error.status)
    file_format = error.file_format if isinstance(error, InvalidImageError) else None
    status = 422 if file_format in (None, "empty") else 415
    return JSONResponse({"detail": str(error)}, status)
