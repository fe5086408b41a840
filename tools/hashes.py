"""Which of the hashes in `hashes.txt` an installation needs.

The file is what `pip install --require-hashes` reads, in sections: all that the two libraries need,
then what each extra adds. PyTorch and its CUDA libraries are not in it: they come from several
places, in builds that differ.
"""

import re
from pathlib import Path

# In the order of the file. An extra includes those before it.
SECTIONS = ("libraries", "lab", "test")
HEADING = re.compile(r"^# section: (\w+)$", re.MULTILINE)
ENTRY = re.compile(r"^([\w.-]+)==(?:.*\\\n)*.*\n", re.MULTILINE)


def normalised(name: str) -> str:
    """A distribution's name as the package index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_hashes(path: Path) -> dict[str, dict[str, str]]:
    """Section to (name to entry). An entry is the lines that pip reads, the version first."""
    parts = HEADING.split(path.read_text(encoding="utf-8"))
    return {
        section: {normalised(found[1]): found[0] for found in ENTRY.finditer(entries)}
        for section, entries in zip(parts[1::2], parts[2::2], strict=True)
    }


def wanted_hashes(path: Path, extras: list[str], free: set[str]) -> str:
    """What pip is to install with hashes, as the text of a requirements file.

    extras: names from `[project.optional-dependencies]`. One without a section adds nothing here.
    free:   normalised names that are left out.
    """
    read = read_hashes(path)
    last = max((SECTIONS.index(extra) for extra in extras if extra in SECTIONS), default=0)
    chosen = [read[section] for section in SECTIONS[: last + 1]]
    return "".join(
        entry for entries in chosen for name, entry in entries.items() if name not in free
    )
