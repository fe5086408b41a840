"""A saved model behind HTTP.

    python -m seqrec.serve my_recommender --port 8000
    SEQREC_SERVE_TOKEN=... python -m seqrec.serve models/v1 --models models --port 8000

The first serves what `SequentialRecommender.save` wrote to a folder. The second can swap it for
another one below the folder `models` while it runs: POST /models with {"name": "v2"} and the token.
Ctrl-C or SIGTERM answers those who wait, and ends it.

Answers are for whoever can reach the port: by default, this machine. There is no encryption and no
limit per client; put a proxy before it that has them. docs/serving.md shows what to ask.
"""

import argparse
import logging
import os
import sys

import torch

from seqrec.serve.app import create_app
from seqrec.serve.shelf import Shelf

TOKEN = "SEQREC_SERVE_TOKEN"
#: Characters: what can't be guessed.
SHORTEST_TOKEN = 16


def _delay(text):
    """Seconds of a number of milliseconds."""
    milliseconds = float(text)
    if not 0 <= milliseconds <= 1_000:
        raise argparse.ArgumentTypeError(f"must be 0 to 1000 milliseconds, got {text}")
    return milliseconds / 1_000


def _port(text):
    """A number that a port can have."""
    if not 0 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"must be 0 to 65535, got {text}")
    return int(text)


def read_token(is_needed):
    """The token of the environment; None where it is not needed. Raises ValueError."""
    if not is_needed:
        return None
    token = os.environ.get(TOKEN, "")
    if len(token) < SHORTEST_TOKEN or not token.isascii():
        raise ValueError(
            f"--models lets whoever knows the token swap models, but {TOKEN} has {len(token)} "
            f"characters. Cure: {TOKEN} of {SHORTEST_TOKEN} or more, as secrets.token_hex() makes "
            "them."
        )
    return token


def main(arguments=None):
    """Run the command line. arguments: list of words; None takes those of the command.

    Raises SystemExit with code 2 for what makes no sense.
    """
    parser = argparse.ArgumentParser(
        prog="python -m seqrec.serve",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="MODEL", help="the folder that `save` wrote")
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 for all networks")
    parser.add_argument("--port", type=_port, default=8000, help="0 takes any that is free")
    parser.add_argument("--models", metavar="FOLDER", help="where other models may come from")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or mps")
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch")
    parser.add_argument(
        "--delay", type=_delay, default=0.002, metavar="MS",
        help="how long a question waits for others, 2 milliseconds",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    try:
        token = read_token(options.models is not None)
        shelf = Shelf(options.model, models=options.models, device=options.device)
        app = create_app(shelf, delay=options.delay, token=token)
        import uvicorn
    except (ValueError, RuntimeError, ModuleNotFoundError) as error:
        parser.error(str(error))
    torch.set_num_threads(max(1, options.threads))
    logging.basicConfig(level=logging.WARNING)
    # Longer than a proxy keeps a line open: else it asks now and then on one that has just ended.
    config = uvicorn.Config(
        app, host=options.host, port=options.port, log_level="warning", access_log=False,
        timeout_graceful_shutdown=30,
        timeout_keep_alive=75,
    )  # fmt: skip
    # Exits with a message where the port is taken.
    socket = config.bind_socket()
    host, port = socket.getsockname()[:2]
    current = shelf.current
    print(f"{current.name} {current.version} on http://{host}:{port}", flush=True)
    try:
        uvicorn.Server(config).run(sockets=[socket])
    except KeyboardInterrupt:
        # It has shut down by then.
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
