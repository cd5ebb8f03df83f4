"""`/healthz`: the process answers. `/readyz`: it reads a known image, and nothing is stuck."""

from __future__ import annotations

import threading
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from page.translations import MODEL_CHANGED, QUESTION_STUCK
from sketchdigits import DigitClassifier, SketchdigitsError
from sketchdigits.package.known_answer import check_known_answer, known_image


def health_routes(
    classifier: DigitClassifier, closing: threading.Event, is_stuck: Callable[[], bool]
) -> list[Route]:
    """Both routes, for Docker, a load balancer or a monitor.

    Args:
        classifier: the model that the server answers with.
        closing: set once the server shuts down; `/readyz` then answers 503.
        is_stuck: whether a request has passed its deadline and still runs; 503 then too.
    """

    async def healthz(_: Request) -> JSONResponse:
        return JSONResponse({"status": "alive"})

    async def readyz(_: Request) -> JSONResponse:
        if closing.is_set():
            return JSONResponse({"status": "closing"}, 503)
        if is_stuck():
            return JSONResponse({"status": QUESTION_STUCK}, 503)
        try:
            await run_in_threadpool(_check_known_answer, classifier)
        except SketchdigitsError:
            return JSONResponse({"status": MODEL_CHANGED}, 503)
        return JSONResponse({"status": "ready"})

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


def _check_known_answer(classifier: DigitClassifier) -> None:
    [prediction] = classifier.predict_preprocessed(known_image()[None])
    check_known_answer(prediction.probabilities, classifier.settings.known_answer, "the model")
