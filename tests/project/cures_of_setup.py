"""Cures that the set-up and the workspace print."""

import contextlib
from unittest import mock

from tests.project.cures import Cure
from tools import environment, installer, interpreter, packages, workspace

EMPTY = "# section: libraries\n# section: lab\n# section: test\n"


@contextlib.contextmanager
def checkout_in(folder):
    """The folder as the course's, where venv and pip do nothing; yields the `.venv` of it."""
    for name in environment.DEFINED_BY:
        (folder / name).write_text(EMPTY, encoding="utf-8")
    (folder / "constraints.txt").write_text("torch==2.13.0\n", encoding="utf-8")
    done = mock.Mock(returncode=0, stdout="")
    places = {
        "ROOT": folder,
        "VENV": folder / ".venv",
        "STAMP": folder / ".venv" / "course.json",
        "LOCK": folder / "build" / "set-up.lock",
        "ASKED": folder / "build" / "set-up.json",
    }
    with contextlib.ExitStack() as stack:
        for module in (environment, installer, interpreter, packages):
            for name in places.keys() & vars(module).keys():
                stack.enter_context(mock.patch.object(module, name, places[name]))
            if "subprocess" in vars(module):
                run = mock.patch.object(module.subprocess, "run", return_value=done)
                stack.enter_context(run)
        yield folder / ".venv"


def set_up(folder):
    with checkout_in(folder):
        return environment.prepare()


def set_up_over_a_file(folder):
    (folder / ".venv").touch()
    return set_up(folder)


def set_up_over_a_link(folder):
    (folder / "mine").mkdir()
    (folder / "mine" / "thesis.tex").touch()
    (folder / ".venv").symlink_to(folder / "mine")
    return set_up(folder)


def after_removing_the_link(folder):
    with contextlib.suppress(interpreter.SetupError):
        set_up_over_a_link(folder)
    (folder / ".venv").unlink()
    set_up(folder)
    assert (folder / "mine" / "thesis.tex").exists()


def after_renaming_the_file(folder):
    (folder / ".venv").touch()
    (folder / ".venv").rename(folder / "another name")
    return set_up(folder)


def set_up_where_nothing_can_be_written(folder):
    (folder / "build").touch()
    return set_up(folder)


def new_chapters(folder, name="workspace"):
    (folder / "chapters").mkdir(exist_ok=True)
    (folder / "chapters" / "00_start_here.ipynb").touch()
    return workspace.add_new_chapters(folder / "chapters", folder / name)


def new_chapters_where_nothing_can_be_written(folder):
    (folder / "workspace").touch()
    return new_chapters(folder)


CURES = [
    Cure(
        "Cure: rename or remove the file, then run the same command again",
        set_up_over_a_file,
        after_renaming_the_file,
    ),
    Cure(
        "(what it points to stays), then run the same",
        set_up_over_a_link,
        after_removing_the_link,
    ),
    Cure(
        "The environment could not be written: ",
        set_up_where_nothing_can_be_written,
        set_up,
    ),
    Cure(
        "workspace/ must be a folder that can be written, got: ",
        new_chapters_where_nothing_can_be_written,
        new_chapters,
    ),
]
