"""A server of small models, without a network: an ASGI application that is asked in its own loop;
and one in a process of its own."""

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import asynccontextmanager, contextmanager

import httpx

from seqrec.serve import Shelf, create_app
from tests.seqrec.recommender.shops import pure_noise, small_recommender

TOKEN = "t0ken" * 4
BEARER = {"Authorization": f"Bearer {TOKEN}"}
N_ITEMS = 12


def small_model(name="SASRec", seed=0, **settings):
    """Fitted on noise: items 1 to N_ITEMS."""
    return small_recommender(name, **settings).fit(pure_noise(30, 8, N_ITEMS, seed=seed))


def shelf_of(folder, **models):
    """A Shelf that holds the first of these models, and can take the others, by name."""
    for name, model in models.items():
        model.save(folder / name)
    return Shelf(folder / next(iter(models)), models=folder)


@asynccontextmanager
async def client_of(shelf, **options):
    """An httpx client of an application that has begun; it ends when the client does."""
    app = create_app(shelf, **({"token": TOKEN} | options))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            yield client


def asked(shelf, talk, **options):
    """What `talk(client)`, a coroutine, returns."""

    async def run():
        async with client_of(shelf, **options) as client:
            return await talk(client)

    return asyncio.run(run())


@contextmanager
def serving(*words, environment=None):
    """A process with `python -m seqrec.serve ... --port 0`: yields it and its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "seqrec.serve", *map(str, words), "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"SEQREC_SERVE_TOKEN": TOKEN} | (environment or {}),
    )
    try:
        # It says where it is before it listens.
        url = process.stdout.readline().split()[-1]
        while True:
            assert process.poll() is None
            try:
                http(url + "/health")
                break
            except urllib.error.URLError:
                time.sleep(0.05)
        yield process, url
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def http(url, document=None, headers=None):
    """(status, document) of a GET, or of a POST of a document; through a real socket."""
    body = None if document is None else json.dumps(document).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers or {})) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())
