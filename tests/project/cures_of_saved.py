"""Cures of what was saved: checkpoints, folders of models, and the options in them."""

from concurrent.futures import ThreadPoolExecutor

from seqrec.models import backbone_config
from seqrec.recommender import SequentialRecommender
from seqrec.recommender.folder import load_folder, save_folder
from seqrec.training import load_checkpoint, save_checkpoint
from seqrec.training.files import one_writer
from tests.project.cures import Cure
from tests.project.cures_of_recommender import known
from tests.seqrec.training.toys import toy, trained

SIZES = {"max_len": 5, "D": 8, "H": 1, "n_blocks": 1}
DELETE = "delete it to start again, or give another path"


def checkpoint(folder):
    return folder / "run"


def odd_checkpoint(folder, change):
    """Train, change tensors and document of the checkpoint in place, and go on."""
    trained(checkpoint=checkpoint(folder))
    tensors, document = load_checkpoint(checkpoint(folder))
    change(tensors, document)
    save_checkpoint(checkpoint(folder), tensors, document)
    trained(checkpoint=checkpoint(folder))


def deleted_or_elsewhere(folder):
    trained(checkpoint=folder / "other")
    checkpoint(folder).unlink()
    trained(checkpoint=checkpoint(folder))


def refused_for(told, change):
    return Cure(told, lambda folder: odd_checkpoint(folder, change), deleted_or_elsewhere_after)


def deleted_or_elsewhere_after(folder):
    trained(checkpoint=checkpoint(folder))
    deleted_or_elsewhere(folder)


def another_network(folder):
    """A checkpoint, and a run of a network without one of its layers."""
    trained(checkpoint=checkpoint(folder))
    tensors, document = load_checkpoint(checkpoint(folder))
    del tensors["weights/mix.bias"]
    save_checkpoint(checkpoint(folder), tensors, document)
    trained(checkpoint=checkpoint(folder))


def at_once(folder, name):
    """Save a file while somebody else has `run`."""
    with one_writer(checkpoint(folder)), ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(trained, checkpoint=folder / name).result()


def without_a_weight(folder):
    known().save(folder)
    tensors, document = load_folder(folder)
    tensors.pop("network/encoder.item.weight")
    save_folder(folder, tensors, document)
    SequentialRecommender.load(folder)


CURES = [
    Cure(
        "another path, or wait until that one has ended",
        lambda folder: at_once(folder, "run"),
        lambda folder: (at_once(folder, "other"), trained(checkpoint=checkpoint(folder))),
    ),
    Cure(
        "the path of one, or of a new file for a training run",
        lambda folder: trained(checkpoint=folder),
        lambda folder: (trained(checkpoint=folder / "a"), trained(checkpoint=folder / "a")),
    ),
    Cure(
        "Cure: a name, or None for none",
        lambda _: trained(checkpoint=""),
        lambda folder: (trained(checkpoint=folder / "a"), trained(checkpoint=None)),
    ),
    refused_for(
        f"kept moments by number: whose they are can't be known. Cure: {DELETE}",
        lambda tensors, document: document.pop("moments"),
    ),
    refused_for(
        "must hold run, progress and moments",
        lambda tensors, document: document.update(more=1),
    ),
    refused_for(
        "contradicts itself", lambda tensors, document: document["progress"].update(step=-1)
    ),
    refused_for(
        "that no training run writes",
        lambda tensors, document: tensors.update(odd=toy().mix.bias.detach()),
    ),
    refused_for(
        "holds NaN",
        lambda tensors, document: tensors["weights/mix.bias"].fill_(float("nan")),
    ),
    Cure(
        "the settings and data of before; or, to start again, delete the file or give another path",
        another_network,
        deleted_or_elsewhere_after,
    ),
    Cure(
        "another save of the model",
        without_a_weight,
        lambda folder: (known().save(folder), SequentialRecommender.load(folder)),
    ),
    Cure(
        "'sdpa', or leave it out",
        lambda _: backbone_config("gpt2", **SIZES, options={"attn_implementation": "org/repo"}),
        lambda _: (
            backbone_config("gpt2", **SIZES, options={"attn_implementation": "sdpa"}),
            backbone_config("gpt2", **SIZES),
        ),
    ),
    Cure(
        "see its documentation for the values",
        lambda _: backbone_config("gpt2", **SIZES, options={"layer_norm_epsilon": "small"}),
        lambda _: backbone_config("gpt2", **SIZES, options={"layer_norm_epsilon": 1e-6}),
    ),
    Cure(
        "layer_norm_epsilon",
        lambda _: backbone_config("gpt2", **SIZES, options={"auto_map": {}}),
        lambda _: backbone_config("gpt2", **SIZES, options={"layer_norm_epsilon": 1e-6}),
    ),
]
