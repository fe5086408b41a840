"""Makes no table: asks `python -m seqrec.serve` from several clients, beside calls in one process.

    python -m benchmarks.bench_serve --seconds 60 --clients 1 8 32 --swap-every 5

The shop has 3,416 items, the model is SASRec with D = 64, 2 blocks, max_len 50, hardly trained: the
speed does not depend on the weights. Server and clients share this machine, one thread each for
PyTorch; the server swaps between two models all the while. Each answer is compared with
`recommend_next` of the model that it names. An error is another status than 200, a broken
connection, or other items.
"""

import argparse
import http.client
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch

from benchmarks.bench_recommender import recommender
from seqrec.shop.costs import nearest_rank, time_calls

N_ITEMS = 3_416
TOP_K = 10
N_HISTORIES = 200


def histories(seed=0):
    """Of 1 to 50 clicks."""
    rng = np.random.default_rng(seed)
    return [rng.integers(1, N_ITEMS + 1, rng.integers(1, 51)).tolist() for _ in range(N_HISTORIES)]


def started(folder, token):
    """A server of the models below `folder`, and its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "seqrec.serve", folder / "v1", "--models", folder, "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"SEQREC_SERVE_TOKEN": token},
    )
    port = int(process.stdout.readline().rsplit(":", 1)[1])
    while process.poll() is None:
        try:
            ask(http.client.HTTPConnection("127.0.0.1", port), "/health", None)
            return process, port
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


def ask(connection, path, document, **headers):
    """(status, document) of a request."""
    body = None if document is None else json.dumps(document)
    connection.request("GET" if body is None else "POST", path, body, headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


class Client(threading.Thread):
    """Asks for one list after the other until `until`; keeps milliseconds and errors.

    due: {(model's name, number of a history): ids}
    """

    def __init__(self, port, number, asked, due, until):
        super().__init__()
        self.port = port
        self.numbers = np.random.default_rng(number).integers(0, len(asked), 10_000).tolist()
        self.asked = asked
        self.due = due
        self.until = until
        self.milliseconds = []
        self.errors = []

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        n = 0
        while time.monotonic() < self.until:
            number = self.numbers[n % len(self.numbers)]
            n += 1
            began = time.perf_counter()
            try:
                sent = {"histories": [self.asked[number]], "top_k": TOP_K}
                status, said = ask(connection, "/recommend", sent)
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.errors.append(repr(error))
                connection.close()
                continue
            self.milliseconds.append(1000 * (time.perf_counter() - began))
            if status != 200:
                self.errors.append(f"{status}: {said}")
            elif said["lists"][0]["items"] != self.due[said["model"]["name"], number]:
                self.errors.append(f"other items for {number} by {said['model']}")


def measured(port, token, n_clients, asked, due, *, seconds, swap_every):
    """Milliseconds of all answers, errors, and swaps."""
    until = time.monotonic() + seconds
    clients = [Client(port, number, asked, due, until) for number in range(n_clients)]
    for client in clients:
        client.start()
    errors = []
    n_swaps = 0
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(swap_every, left))
        name = ("v2", "v1")[n_swaps % 2]
        control = http.client.HTTPConnection("127.0.0.1", port)
        status, said = ask(control, "/models", {"name": name}, Authorization=f"Bearer {token}")
        control.close()
        n_swaps += 1
        if status != 200:
            errors.append(f"swap: {status}: {said}")
    for client in clients:
        client.join()
        errors += client.errors
    return np.concatenate([client.milliseconds for client in clients]), errors, n_swaps


def line(name, milliseconds, per_second, rest=""):
    """One line of the table."""
    p50, p99 = nearest_rank(milliseconds, [50, 99])
    return f"{name:34} {p50:8.1f} {p99:8.1f} {per_second:10.1f}  {rest}"


def main(arguments=None):
    """Run the command line. arguments: list of words; None takes those of the command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench_serve",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, default=60, help="for each number of clients")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--swap-every", type=float, default=5, metavar="SECONDS")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    asked = histories()
    token = secrets.token_hex()
    n_errors = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        due = {}
        for name in ("v1", "v2"):
            model = recommender(N_ITEMS)
            if name == "v2":
                # Other answers, by turning all items' vectors round.
                model.network_.encoder.item.weight.data.mul_(-1)
            model.save(folder / name)
            for number, history in enumerate(asked):
                (items,) = model.recommend_next([history], top_k=TOP_K)
                due[name, number] = items.tolist()
        print(f"{'':34} {'p50 ms':>8} {'p99 ms':>8} {'a second':>10}", flush=True)
        alone = time_calls(lambda one: model.recommend_next([one], top_k=TOP_K), asked)
        print(line("in process, one after the other", alone, 1000 / alone.mean()), flush=True)
        process, port = started(folder, token)
        try:
            for n_clients in options.clients:
                milliseconds, errors, n_swaps = measured(
                    port, token, n_clients, asked, due,
                    seconds=options.seconds, swap_every=options.swap_every,
                )  # fmt: skip
                n_errors += len(errors)
                rest = f"{len(milliseconds)} answers, {len(errors)} errors, {n_swaps} swaps"
                per_second = len(milliseconds) / options.seconds
                print(line(f"server, {n_clients} clients", milliseconds, per_second, rest))
                print(*errors[:3], sep="\n", end="", flush=True)
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()
    return 1 if n_errors else 0


if __name__ == "__main__":
    sys.exit(main())
