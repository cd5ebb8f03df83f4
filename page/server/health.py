"""`/healthz`: this process answers. `/readyz`: it reads a known image right, and stays a while."""

from __future__ import annotations

import threading

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sketchdigits import DigitClassifier, SketchdigitsError
from sketchdigits.package.known_answer import check_known_answer, known_image


def health_routes(classifier: DigitClassifier, closing: threading.Event) -> list[Route]:
    """Both routes, for whoever watches the server, such as Docker or a load balancer."""

    async def healthz(_: Request) -> JSONResponse:
        return JSONResponse({"status": "alive"})

    async def readyz(_: Request) -> JSONResponse:
        if closing.is_set():
            return JSONResponse({"status": "closing"}, 503)
        try:
            await run_in_threadpool(_check_known_answer, classifier)
        except SketchdigitsError:
            return JSONResponse({"status": "the model doesn't answer as it should"}, 503)
        return JSONResponse({"status": "ready"})

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


def _check_known_answer(classifier: DigitClassifier) -> None:
    [prediction] = classifier.predict_preprocessed(known_image()[None])
    check_known_answer(prediction.probabilities, classifier.settings.known_answer, "the model")
