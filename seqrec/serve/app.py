"""The four addresses of the server, and what each answers.

    POST /recommend   {"histories": [[...]], "top_k": 10, "exclude_seen": ..., "among": [...],
                      "without": [...]}: the arguments of `recommend_next`
    POST /models      {"name": "..."}: another model below the folder of models answers from now on
    GET  /health      which model answers
    GET  /metrics     what has happened, for Prometheus

What can't be answered gets a status of 4xx, and {"error": the cause, "cure": what to do instead}.
"""

import asyncio
import hmac
import json
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from seqrec.serve.batching import Batcher
from seqrec.serve.counters import Counters
from seqrec.serve.questions import Limits, Refusal, read_object, read_question
from seqrec.serve.shelf import Shelf

if TYPE_CHECKING:
    from fastapi import FastAPI

PATHS = ("/recommend", "/models", "/health", "/metrics")
# A body that is too large is read and forgotten up to this multiple of the limit, so that whoever
# sends it comes to read what is wrong with it.
_DRAINED = 16


def create_app(
    shelf: Shelf, *, limits: Limits | None = None, delay: float = 0.002, token: str | None = None
) -> "FastAPI":
    """An ASGI application, for uvicorn or another server. One process, one event loop.

    shelf:  Shelf, with the model that answers
    limits: Limits of a request; None takes Limits()
    delay:  seconds that a question waits for others to be answered together, at most
    token:  what POST /models must bring along, as "Authorization: Bearer ..."; None lets nobody
            swap models

    Raises ModuleNotFoundError without the extra `serve`.
    """
    try:
        from fastapi import FastAPI, Request
        from starlette.exceptions import HTTPException
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f'the server needs {error.name}. Cure: pip install "zooplus-course[serve]"'
        ) from error
    limits = Limits() if limits is None else limits
    counters = Counters()
    swapping = asyncio.Lock()

    @asynccontextmanager
    async def lifespan(app):
        app.state.batcher = Batcher(shelf.answer, limits, delay, counters.batches.observe)
        yield
        await app.state.batcher.close()

    app = FastAPI(
        title="seqrec", version=shelf.current.version, lifespan=lifespan, docs_url=None,
        redoc_url=None, openapi_url=None,
    )  # fmt: skip
    app.add_middleware(_Counted, counters=counters)

    @app.post("/recommend")
    async def recommend(request: Request):
        began = time.perf_counter()
        question = read_question(await _body(request, limits), limits)
        loaded, answer = await app.state.batcher.ask(question)
        lists = [
            {
                "items": items,
                "scores": scores,
                "n_unknown": len(history) - n_read,
                "is_fallback": n_read == 0,
            }
            for items, scores, n_read, history in zip(*answer, question.histories, strict=True)
        ]
        counters.seconds.observe(time.perf_counter() - began)
        return _json({"lists": lists, "model": loaded.document()})

    @app.post("/models")
    async def swap(request: Request):
        if token is None:
            raise Refusal("this server keeps its model. Cure: start it with --models.", 403)
        brought = request.headers.get("authorization", "")
        if not hmac.compare_digest(brought.encode(), f"Bearer {token}".encode()):
            raise Refusal(
                "only who knows the token may swap models. Cure: the header Authorization: Bearer "
                "and the token.",
                401,
            )
        said = read_object(await _body(request, limits))
        if said.keys() != {"name"}:
            raise Refusal('the body must be {"name": ...}. Cure: that name, and nothing else.')
        # One at a time, in a thread of its own: answers go on.
        async with swapping:
            loaded = await asyncio.to_thread(shelf.swap, said["name"])
        return _json({"model": loaded.document()})

    @app.get("/health")
    async def health():
        return _json({"status": "ok", "model": shelf.current.document()})

    @app.get("/metrics")
    async def metrics():
        text = counters.text(
            model=shelf.current.document(),
            n_swaps=shelf.n_swaps,
            n_waiting=app.state.batcher.n_waiting,
        )
        return _response(text, "text/plain; version=0.0.4")

    @app.exception_handler(Refusal)
    async def refuse(request, refusal):
        return _json(refusal.document(), refusal.status)

    @app.exception_handler(HTTPException)
    async def refuse_address(request, error):
        cure = {405: "GET for /health and /metrics, POST for the others"}
        cure = cure.get(error.status_code, f"one of {', '.join(PATHS)}")
        said = f"{error.detail}: {request.method} {request.url.path}. Cure: {cure}."
        return _json(Refusal(said).document(), error.status_code)

    @app.exception_handler(Exception)
    async def confess(request, error):
        # The server's log has the traceback.
        return _json({"error": "the server failed", "cure": ""}, 500)

    return app


class _Counted:
    """Counts requests by path and status. An address that is not ours is "other"."""

    def __init__(self, app, counters):
        self.app = app
        self.counters = counters

    async def __call__(self, scope, receive, send):
        async def counting(message):
            if message["type"] == "http.response.start":
                path = scope["path"] if scope["path"] in PATHS else "other"
                self.counters.requests[path, message["status"]] += 1
            await send(message)

        await self.app(scope, receive, counting if scope["type"] == "http" else send)


async def _body(request, limits):
    """The bytes of a request. Raises Refusal for too many, and for a sender who is too slow."""
    from starlette.requests import ClientDisconnect

    parts = []
    n_bytes = 0
    try:
        async with asyncio.timeout(limits.seconds):
            async for part in request.stream():
                n_bytes += len(part)
                if n_bytes <= limits.body_bytes:
                    parts.append(part)
                elif n_bytes > _DRAINED * limits.body_bytes:
                    break
    except TimeoutError:
        raise Refusal(
            f"the body took longer than {limits.seconds} seconds. Cure: the whole body at once.",
            408,
        ) from None
    except ClientDisconnect:
        raise Refusal("the body ended too soon. Cure: the whole body.", 400) from None
    if n_bytes > limits.body_bytes:
        raise Refusal(
            f"the body must have {limits.body_bytes} bytes or fewer. Cure: shorter histories, or "
            "several requests.",
            413,
        )
    return b"".join(parts)


def _json(document, status=200):
    """A response that any id fits into: other letters than ASCII are written with a backslash."""
    return _response(json.dumps(document, allow_nan=False), "application/json", status)


def _response(text, kind, status=200):
    from starlette.responses import Response

    headers = {"Retry-After": "1"} if status == 503 else None
    return Response(text.encode(), status, headers, media_type=kind)
