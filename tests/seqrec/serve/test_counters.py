"""What Prometheus is told adds up, and is text that it reads."""

from prometheus_client.parser import text_string_to_metric_families

from seqrec.serve.counters import Counters, Histogram
from tests.seqrec.serve.serving import BEARER, asked, shelf_of, small_model


def samples(text):
    """{(name, labels): value} as Prometheus's own reader has it."""
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_histogram_counts_up_to_each_bound():
    histogram = Histogram("h", "help", (1, 2.5))
    for value in (0.5, 1, 1.5, 2.5, 9):
        histogram.observe(value)
    found = samples("\n".join(histogram.lines()) + "\n")
    assert [found["h_bucket", ("le", bound)] for bound in ("1.0", "2.5", "+Inf")] == [2, 4, 5]
    assert found[("h_count",)] == 5 and found[("h_sum",)] == 14.5


def test_odd_names_are_written_so_that_they_are_read_back():
    name = 'a "b" \\ c\nd'
    text = Counters().text(model={"name": name}, n_swaps=0, n_waiting=0)
    assert ("seqrec_model_info", ("name", name)) in samples(text)


def test_the_server_counts_what_it_answered(tmp_path):
    shelf = shelf_of(tmp_path, v1=small_model())

    async def talk(client):
        for sent in ({"histories": [[1], [2]], "top_k": 2}, {"histories": 3}):
            await client.post("/recommend", json=sent)
        await client.get("/elsewhere")
        await client.post("/models", json={"name": "v1"}, headers=BEARER)
        return (await client.get("/metrics")).text

    found = samples(asked(shelf, talk))
    requests = {key[1:]: value for key, value in found.items() if key[0] == "seqrec_requests_total"}
    assert requests == {
        (("path", "/recommend"), ("status", "200")): 1,
        (("path", "/recommend"), ("status", "422")): 1,
        (("path", "/models"), ("status", "200")): 1,
        (("path", "other"), ("status", "404")): 1,
    }
    assert found[("seqrec_batch_histories_sum",)] == 2
    assert found[("seqrec_request_seconds_count",)] == 1
    assert found[("seqrec_swaps_total",)] == 1 and found[("seqrec_waiting_histories",)] == 0
    current = shelf.current.document()
    assert found["seqrec_model_info", *sorted(current.items())] == 1
