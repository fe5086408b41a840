"""The model that answers, and its swap for another one.

A new model is read and tried while the old one goes on answering. Then one assignment makes it the
one that the next batch asks. A batch keeps the model that it began with, so nobody's answer is lost
or mixed.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from seqrec.checks import shown
from seqrec.recommender.folder import DOCUMENT
from seqrec.recommender.recommender import SequentialRecommender
from seqrec.serve.answering import Answer, answer_together
from seqrec.serve.questions import Question, Refusal
from seqrec.training.plain_json import read_json

# No separators, and no name that begins with a dot: none of these leads out of a folder.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
# Characters of the checksum of what `save` wrote, and how often a reader is overtaken by a save.
_VERSION = 12
_TRIES = 10


@dataclass(frozen=True)
class Loaded:
    """A model that answers.

    name:    of its folder
    version: the beginning of the SHA-256 that `save` wrote: the same for the same model, in every
             process
    """

    name: str
    version: str
    model: SequentialRecommender

    def document(self) -> dict[str, str]:
        """What an answer says of it."""
        return {"name": self.name, "version": self.version}


class Shelf:
    """Holds the model that answers, `current`, a Loaded.

    folder: of the first model, as `SequentialRecommender.save` wrote it
    models: a folder of folders, from which `swap` takes others; None takes none
    device: where the networks go

    Raises ValueError for a folder that holds no model, or one that can't answer.
    """

    def __init__(
        self,
        folder: str | os.PathLike,
        *,
        models: str | os.PathLike | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        self.models = None if models is None else Path(models).resolve()
        self.device = device
        self.n_swaps = 0
        if self.models is not None and not self.models.is_dir():
            raise ValueError(f"{models} is no folder. Cure: the folder that holds the models.")
        self.current = load_model(Path(folder), device)

    def answer(self, questions: Sequence[Question]) -> list[tuple[Loaded, Answer] | Refusal]:
        """All Questions by one model, with the model that answered."""
        current = self.current
        answers = answer_together(current.model, questions)
        return [one if isinstance(one, Refusal) else (current, one) for one in answers]

    def swap(self, name: object) -> Loaded:
        """Take the model of this name below `models`; the current one's reads it again.

        Raises Refusal for what is no name, is not there, or can't be read. Then the old one stays.
        """
        if self.models is None:
            raise Refusal("this server keeps its model. Cure: start it with --models.", 403)
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise Refusal(
                f"name must be that of a folder of models, not a path, got {shown(name)}. "
                f"Cure: {self._choices()}."
            )
        folder = self.models / name
        # A link leads elsewhere.
        if not folder.is_dir() or folder.resolve() != folder:
            raise Refusal(f"there is no model {shown(name)}. Cure: {self._choices()}.", 404)
        try:
            loaded = load_model(folder, self.device)
        except (ValueError, OSError, ModuleNotFoundError) as error:
            raise Refusal(
                f"{name} can't be read, {self.current.name} goes on: "
                f"{str(error).replace(str(self.models) + os.sep, '')}",
                409,
            ) from error
        self.current = loaded
        self.n_swaps += 1
        return loaded

    def _choices(self):
        """Names that `swap` would take, some of them."""
        names = sorted(path.parent.name for path in self.models.glob(f"*/{DOCUMENT}"))
        names = [name for name in names if _NAME.fullmatch(name)]
        return f"one of {', '.join(names[:20])}" if names else "save a model there"


def load_model(folder: Path, device: str | torch.device = "cpu") -> Loaded:
    """The model of a folder, which has answered once. Raises ValueError."""
    for _ in range(_TRIES):
        before = _version(folder)
        model = SequentialRecommender.load(folder, device)
        if before and _version(folder) == before:
            break
    else:
        raise ValueError(f"{folder} is saved again and again. Cure: wait until that has ended.")
    first = model.item_index_.item_ids_[:1].tolist()
    (answer,) = answer_together(model, [Question(histories=[[], first], top_k=1)])
    if isinstance(answer, Refusal) or not torch.tensor(answer.scores).isfinite().all():
        raise ValueError(
            f"{folder} holds a model that can't answer: {shown(answer, 200)}. Cure: a model whose "
            "training went well."
        )
    return Loaded(folder.resolve().name, before[:_VERSION], model)


def _version(folder):
    """What the folder's document says of its own checksum; "" where it says nothing.

    Whether it is right is a matter of `load`.
    """
    try:
        said = read_json((folder / DOCUMENT).read_bytes())
    except (OSError, ValueError):
        return ""
    version = said.get("sha256") if isinstance(said, dict) else None
    return version if isinstance(version, str) else ""
