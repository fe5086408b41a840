"""Each bad request gets a 4xx with its cause and its cure, and the server goes on."""

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.serve.questions import Limits, Refusal, read_question
from tests.seqrec.serve.serving import BEARER, N_ITEMS, asked, client_of, shelf_of, small_model

GOOD = {"histories": [[1, 2, 3]], "top_k": 3}
#: What is sent -> status, and words of what is said.
BAD = {
    "broken JSON": ("{", 400, "must be JSON"),
    "no text": (b"\xff\xfe", 400, "must be JSON"),
    "a pit": ("[" * 100_000, 400, "nested too deeply"),
    "a name twice": ('{"top_k": 1, "top_k": 2}', 400, "comes twice"),
    "nothing": ("", 400, "must be JSON"),
    "a list": ("[]", 422, "must be a JSON object"),
    "no histories": ({}, 422, "histories are missing"),
    "empty histories": ({"histories": []}, 422, "not empty"),
    "text": ({"histories": "abc"}, 422, "must be a list"),
    "a bare history": ({"histories": [1, 2]}, 422, "histories[0] must be a list"),
    "text for ids": ({"histories": [["1"]]}, 422, "holds text"),
    "no id": ({"histories": [[1, None]]}, 422, "histories[0][1]"),
    "a flag": ({"histories": [[True]]}, 422, "histories[0][0]"),
    "half an item": ({"histories": [[1.5]]}, 422, "histories[0][0]"),
    "NaN": ('{"histories": [[NaN]]}', 422, "histories[0][0] is nan"),
    "infinity": ('{"histories": [[1, Infinity]]}', 422, "histories[0][1] is inf"),
    "10,000 ids": ({"histories": [[1] * 10_000]}, 422, "1000 ids or fewer, got 10000"),
    "10,000 histories": ({"histories": [[1]] * 10_000}, 422, "256 or fewer, got 10000"),
    "one MB": ({"histories": [[1]], "without": [1] * 350_000}, 413, "524288 bytes"),
    "sixteen MB": (b" " * 2**24, 413, "524288 bytes"),
    "a misspelt name": (GOOD | {"topk": 3}, 422, "'topk'"),
    "no items": (GOOD | {"top_k": 0}, 422, "top_k must be a whole number"),
    "too many items": (GOOD | {"top_k": N_ITEMS + 1}, 422, "there are only 12 items"),
    "a million items": (GOOD | {"top_k": 10**6}, 422, "from 1 to 1000"),
    "NaN items": ('{"histories": [[1]], "top_k": NaN}', 422, "got nan"),
    "text for a number": (GOOD | {"top_k": "3"}, 422, "got '3'"),
    "text for a flag": (GOOD | {"exclude_seen": "no"}, 422, "True or False"),
    "unknown items": (GOOD | {"among": [1, 2, 99]}, 422, "99 is not among the 12 items"),
    "unknown items, forbidden": (GOOD | {"without": [[99]]}, 422, "without[0][0]: 99"),
    "lists of others": (GOOD | {"among": [[1], [2]]}, 422, "got 2 lists"),
    "nothing left": (GOOD | {"among": [1, 2]}, 422, "only 2 items left"),
    "no list": (GOOD | {"among": 3}, 422, "among must be a list"),
}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    return shelf_of(tmp_path_factory.mktemp("models"), v1=small_model())


def body_of(said):
    return said if isinstance(said, str | bytes) else json.dumps(said)


def test_each_bad_request_is_told_cause_and_cure_and_changes_no_answer(shelf):
    async def talk(client):
        due = (await client.post("/recommend", json=GOOD)).json()
        said = {
            name: await client.post("/recommend", content=body_of(sent))
            for name, (sent, _, _) in BAD.items()
        }
        return due, said, (await client.post("/recommend", json=GOOD)).json()

    before, said, after = asked(shelf, talk)
    assert before == after and len(before["lists"][0]["items"]) == 3
    for name, (_, status, words) in BAD.items():
        assert said[name].status_code == status, (name, said[name].text)
        document = said[name].json()
        assert words in document["error"] and len(said[name].text) < 1_000, (name, document)
        assert len(document["cure"]) > 5, (name, document)


def test_bad_requests_beside_good_ones_change_no_answer(shelf):
    async def talk(client):
        sent = [GOOD, *(sent for sent, status, _ in BAD.values() if status == 422), GOOD]
        return await asyncio.gather(
            *(client.post("/recommend", content=body_of(one)) for one in sent)
        )

    first, *bad, last = asked(shelf, talk, delay=0.05)
    assert first.status_code == last.status_code == 200
    assert first.json()["lists"][0]["items"] == last.json()["lists"][0]["items"]
    assert {answer.status_code for answer in bad} == {422}


def test_addresses_that_are_not_there_are_told_which_are(shelf):
    async def talk(client):
        return [
            await client.get("/"),
            await client.get("/recommend"),
            await client.post("/health", json={}),
            await client.get("/docs"),
            await client.get("/openapi.json"),
        ]

    answers = asked(shelf, talk)
    assert [answer.status_code for answer in answers] == [404, 405, 405, 404, 404]
    assert all(answer.json()["error"] and answer.json()["cure"] for answer in answers)


def test_an_unknown_item_of_a_history_is_left_out_and_counted_as_the_model_says(tmp_path):
    async def talk(client):
        lists = [[1, 99, 2], [1, 2], [99]]
        return await client.post("/recommend", json={"histories": lists, "top_k": 3})

    drops = shelf_of(tmp_path, drops=small_model())
    with_unknown, without, stranger = asked(drops, talk).json()["lists"]
    assert with_unknown["items"] == without["items"]
    assert [one["n_unknown"] for one in (with_unknown, without, stranger)] == [1, 0, 1]
    assert [one["is_fallback"] for one in (with_unknown, without, stranger)] == [0, 0, 1]

    refuses = shelf_of(tmp_path, refuses=small_model(unknown_items="refuse"))
    answer = asked(refuses, talk)
    assert answer.status_code == 422 and "99 is not among" in answer.json()["error"]


def test_a_body_that_does_not_come_is_refused(shelf):
    async def slowly():
        yield b"{"
        await asyncio.Event().wait()

    async def talk(client):
        return await client.post("/recommend", content=slowly())

    answer = asked(shelf, talk, limits=Limits(seconds=0.05))
    assert answer.status_code == 408 and "the whole body" in answer.json()["cure"]


def test_who_comes_when_too_many_wait_is_told_to_come_again(shelf):
    async def talk(client):
        document = {"histories": [[1]] * 3, "top_k": 1}
        return await asyncio.gather(*(client.post("/recommend", json=document) for _ in range(9)))

    answers = asked(shelf, talk, limits=Limits(waiting=9), delay=0.2)
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {200, 503} and statuses.count(200) >= 3
    refused = answers[statuses.index(503)]
    assert refused.headers["retry-after"] == "1" and "a second later" in refused.json()["cure"]


def test_a_server_that_fails_says_so_without_its_traceback(shelf, monkeypatch):
    def fails(questions):
        raise RuntimeError("/a/secret/path")

    monkeypatch.setattr(shelf, "answer", fails)

    async def talk(client):
        failed = await client.post("/recommend", json=GOOD)
        monkeypatch.undo()
        return failed, await client.get("/health")

    failed, health = asked(shelf, talk)
    assert failed.status_code == 500 and failed.json()["error"] == "the server failed"
    assert "secret" not in failed.text and health.status_code == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(["histories", "top_k", "among", "without", "exclude_seen"])


@settings(max_examples=300)
@given(said=st.dictionaries(NAMES, JSON, max_size=5))
def test_whatever_is_asked_there_is_an_answer_or_a_refusal(shelf, said):
    try:
        question = read_question(json.dumps(said).encode(), Limits())
    except Refusal as refusal:
        assert "Cure: " in str(refusal)
        return
    (answer,) = shelf.answer([question])
    if isinstance(answer, Refusal):
        assert str(answer)
        json.dumps(answer.document())


def test_a_swap_needs_the_token(shelf):
    async def talk(client):
        sent = {"json": {"name": "v1"}}
        return [
            await client.post("/models", **sent),
            await client.post("/models", headers={"Authorization": "Bearer no"}, **sent),
            await client.post("/models", headers={"Authorization": b"Bearer \xff"}, **sent),
            await client.post("/models", headers=BEARER, **sent),
        ]

    assert [answer.status_code for answer in asked(shelf, talk)] == [401, 401, 401, 200]


def test_a_server_without_a_token_keeps_its_model(shelf):
    async def talk(client):
        return await client.post("/models", json={"name": "v1"}, headers=BEARER)

    assert asked(shelf, talk, token=None).status_code == 403


def test_the_client_helper_ends(shelf):
    async def run():
        async with client_of(shelf) as client:
            await client.get("/health")
        return len(asyncio.all_tasks())

    assert asyncio.run(run()) == 1
