"""Cures of the server, and of the ONNX file."""

import asyncio
import json
from types import SimpleNamespace
from unittest import mock

from starlette.requests import ClientDisconnect

from seqrec.recommender import BERT4RecConfig, MarkovConfig, export_onnx
from seqrec.serve import Limits, Shelf, shelf
from seqrec.serve.__main__ import TOKEN, read_token
from seqrec.serve.app import _body
from seqrec.serve.questions import read_question
from seqrec.serve.shelf import load_model
from tests.project.cures import Cure
from tests.project.cures_of_recommender import known
from tests.seqrec.serve.serving import BEARER, asked, shelf_of, small_model

SMALL = Limits(body_bytes=100, histories=2, history_ids=3, waiting=2, seconds=0.05)


def read(said, limits=SMALL):
    """Read a body, in JSON unless it is text."""
    body = said if isinstance(said, str) else json.dumps(said)
    return read_question(body.encode(), limits)


def reads(*said):
    return lambda _: [read(one) for one in said]


def post(folder, path, document, *, times=1, **options):
    """Ask a server of one model, `times` times at once; raises what the first refusal says."""
    headers = options.pop("headers", {})

    async def talk(client):
        def ask():
            content = document() if callable(document) else json.dumps(document)
            return client.post(path, headers=headers, content=content)

        return await asyncio.gather(*(ask() for _ in range(times)))

    served = shelf_of(folder, v1=small_model())
    for answer in asked(served, talk, limits=SMALL, delay=0.05, **options):
        if answer.status_code >= 400:
            raise ValueError("{error} Cure: {cure}".format(**answer.json()))


def swap(folder, name):
    shelf_of(folder, v1=known()).swap(name)


async def slowly():
    yield b"{"
    await asyncio.Event().wait()


def half_a_body(folder):
    async def stream():
        yield b"{"
        raise ClientDisconnect

    return asyncio.run(_body(SimpleNamespace(stream=stream), SMALL))


def overtaken(folder):
    """Load a model that somebody saves again and again."""
    known().save(folder)
    versions = map(str, range(99))
    with mock.patch.object(shelf, "_version", lambda _: next(versions)):
        load_model(folder)


def no_numbers(folder):
    model = small_model()
    model.scorer_.network.encoder.item.weight.data.fill_(3e38)
    model.save(folder)
    load_model(folder)


def saved(folder):
    known().save(folder)
    load_model(folder)


def token_of(text):
    with mock.patch.dict("os.environ", {TOKEN: text}):
        return read_token(True)


ONE = {"histories": [[1]], "top_k": 1}
CURES = [
    Cure(
        "leave it out, or one of histories, top_k",
        reads(ONE | {"topk": 3}),
        reads(ONE, ONE | {"top_k": 3}),
    ),
    Cure('{"histories": [[...]]}, oldest item first', reads({}), reads({"histories": [[1, 2]]})),
    Cure("such a value, or leave it out", reads(ONE | {"top_k": 0}), reads(ONE)),
    Cure("what json.dumps writes", reads("{"), reads(json.dumps(ONE))),
    Cure("an object, with names", reads([]), reads(ONE)),
    Cure("[[]] for somebody", reads({"histories": []}), reads({"histories": [[]]})),
    Cure("several requests, which", reads({"histories": [[1]] * 3}), reads(ONE, ONE, ONE)),
    Cure("the newest 3", reads({"histories": [[1] * 4]}), reads({"histories": [[1] * 3]})),
    Cure(
        "the folder that holds the models",
        lambda folder: (saved(folder), Shelf(folder, models=folder / "none")),
        lambda folder: (saved(folder), Shelf(folder, models=folder.parent)),
    ),
    Cure(
        "start it with --models",
        lambda folder: (saved(folder), Shelf(folder).swap("v1")),
        lambda folder: swap(folder, "v1"),
    ),
    Cure(
        "start it with --models",
        lambda folder: post(folder, "/models", {"name": "v1"}, token=None),
        lambda folder: post(folder, "/models", {"name": "v1"}, headers=BEARER),
    ),
    Cure(
        "not a path, got '../v1'. Cure: one of v1",
        lambda folder: swap(folder, "../v1"),
        lambda folder: swap(folder, "v1"),
    ),
    Cure(
        "there is no model 'v2'. Cure: one of v1",
        lambda folder: swap(folder, "v2"),
        lambda folder: swap(folder, "v1"),
    ),
    Cure("wait until that has ended", overtaken, saved),
    Cure("a model whose training went well", no_numbers, saved),
    Cure(
        "Authorization: Bearer",
        lambda folder: post(folder, "/models", {"name": "v1"}),
        lambda folder: post(folder, "/models", {"name": "v1"}, headers=BEARER),
    ),
    Cure(
        "that name, and nothing else",
        lambda folder: post(folder, "/models", {"path": "v1"}, headers=BEARER),
        lambda folder: post(folder, "/models", {"name": "v1"}, headers=BEARER),
    ),
    Cure(
        "one of /recommend",
        lambda folder: post(folder, "/recommended", ONE),
        lambda folder: post(folder, "/recommend", ONE),
    ),
    Cure(
        "the whole body at once",
        lambda folder: post(folder, "/recommend", slowly),
        lambda folder: post(folder, "/recommend", ONE),
    ),
    Cure("the whole body.", half_a_body, lambda folder: post(folder, "/recommend", ONE)),
    Cure(
        "shorter histories, or several requests",
        lambda folder: post(folder, "/recommend", ONE | {"without": [9] * 40}),
        lambda folder: post(folder, "/recommend", ONE | {"without": [9] * 4}),
    ),
    Cure(
        "the same request a second later",
        lambda folder: post(folder, "/recommend", ONE, times=9),
        lambda folder: post(folder, "/recommend", ONE),
    ),
    Cure(
        f"{TOKEN} of 16 or more",
        lambda _: token_of("short"),
        lambda _: token_of("a" * 16),
    ),
    Cure(
        "one of these models, or `save`",
        lambda folder: export_onnx(known(MarkovConfig()), folder / "model.onnx"),
        lambda folder: (
            export_onnx(known(BERT4RecConfig(D=8, H=1, n_blocks=1)), folder / "model.onnx"),
            known(MarkovConfig()).save(folder / "model"),
        ),
    ),
]
