"""The benchmark of the papers, one model and one seed at a time.

    python -m seqrec.reproduce movielens-1m --model sasrec --seed 0
    python -m seqrec.reproduce movielens-1m --judge runs/movielens-1m/sasrec-0/weights.safetensors
    torchrun --nproc-per-node 2 -m seqrec.reproduce movielens-1m --model sasrec

The last one runs on two processors, or two GPUs.

What is asked, and of whom: `seqrec.reproduce.benchmark`. A folder `runs/movielens-1m/sasrec-0`
holds the log, a line of JSON per epoch and one for the result; a checkpoint from which the same
command goes on if it was stopped; and the trained weights, which the second command judges once
more. A GPU is used if there is one.
"""

import argparse
import dataclasses
import json
from pathlib import Path

import torch

from seqrec.checks import cut, shown
from seqrec.data.movielens import load_movielens_1m
from seqrec.reproduce.benchmark import Benchmark, reproduce
from seqrec.reproduce.recipes import RECIPES
from seqrec.reproduce.weights import judge_file
from seqrec.training.distributed import RankError, current_ranks, joined_ranks

#: Characters of what is wrong.
LONGEST = 560


def _path(text):
    """A name of a file or a folder, which is not empty."""
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError(f"must be a name without NUL, got {shown(text)}")
    return text


def _device(text):
    """A device that this machine has."""
    try:
        device = torch.device(text)
        torch.zeros(1, device=device).cpu()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise argparse.ArgumentTypeError(
            f"must be a device of this machine, got {shown(text)}. Cure: cpu, or no --device."
        ) from error
    return device


def main(arguments=None):
    """Run the command line. arguments: list of words; None takes those of the command.

    Raises SystemExit with code 2 for what makes no sense, 130 for Ctrl-C.
    """
    parser = argparse.ArgumentParser(
        prog="python -m seqrec.reproduce",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("dataset", choices=["movielens-1m"])
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument("--model", choices=RECIPES, help="train and judge this one")
    task.add_argument(
        "--judge", type=_path, metavar="FILE", help="judge the weights of an earlier run"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="of weights, order and dropout (default 0)"
    )
    parser.add_argument(
        "--data",
        type=_path,
        metavar="FOLDER",
        help="where the data set is or should be put (see seqrec.data.movielens)",
    )
    parser.add_argument(
        "--out", type=_path, metavar="FOLDER", help="of this run (default runs/DATASET/MODEL-SEED)"
    )
    parser.add_argument("--epochs", type=int, help="at most so many, instead of the recipe's")
    parser.add_argument(
        "--device", type=_device, help="cpu, cuda or mps (default: the best there is)"
    )
    options = parser.parse_args(arguments)
    try:
        # One of the ranks downloads, the others wait.
        films = current_ranks().after_first(lambda: load_movielens_1m(options.data))
        benchmark = Benchmark(films.interactions, films.items)
        if options.judge:
            metrics = judge_file(benchmark, options.judge, device=options.device)
        else:
            recipe = RECIPES[options.model]
            if options.epochs is not None:
                training = dataclasses.replace(recipe.training, epochs=options.epochs)
                recipe = recipe._replace(training=training)
            run = f"{options.model}-{options.seed}"
            folder = options.out or Path("runs") / options.dataset / run
            metrics = reproduce(benchmark, recipe, options.seed, folder, device=options.device)
    except (OSError, ValueError, RankError) as error:
        parser.exit(2, f"seqrec.reproduce: {cut(str(error), LONGEST)}\n")
    except KeyboardInterrupt:
        parser.exit(130, "seqrec.reproduce: stopped; the same command goes on from here\n")
    if current_ranks().is_first:
        print(json.dumps(metrics, indent=1))


if __name__ == "__main__":
    with joined_ranks():
        main()
