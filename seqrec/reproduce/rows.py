"""A table that grows row by row, in a folder, and is never half written.

table.csv        the rows
settings.json    what they have in common: a folder holds rows of one log and one set of settings
"""

import json
from pathlib import Path

import pandas as pd

from seqrec.checks import shown
from seqrec.training.files import write_whole

TABLE = "table.csv"
SETTINGS = "settings.json"


class Rows:
    """The rows of a folder.

    folder:   of the table; it is made where it is missing.
    key:      names of the columns that tell rows apart.
    settings: what all rows have in common, a dict for JSON.

    Raises ValueError for a folder that can't be made, for one with a damaged file, and for rows
    that were made with other settings.
    """

    def __init__(self, folder: Path, key: list[str], settings: dict[str, object]) -> None:
        self.folder = folder
        self.key = key
        settings = json.loads(json.dumps(settings))
        there = self._settings()
        # Settings without a row have made nothing yet.
        if there is None or not (folder / TABLE).exists():
            write_whole(folder / SETTINGS, json.dumps(settings, indent=1).encode() + b"\n")
        elif there != settings:
            if there.keys() != settings.keys():
                raise ValueError(self._damaged(SETTINGS, "other names"))
            name = next(name for name in settings if settings[name] != there[name])
            raise ValueError(
                f"{self._shown(SETTINGS)}: {name} must be {shown(settings[name])}, got "
                f"{shown(there[name])}: the rows there were made with it. Cure: another folder "
                "(--out), or the settings of that one."
            )
        self.rows = self._read()
        self._keys = {self._key_of(row) for row in self.rows}

    def holds(self, row: dict[str, object]) -> bool:
        """Whether there is a row with this key. row: a dict with the key, and maybe more."""
        return self._key_of(row) in self._keys

    def add(self, row: dict[str, object]) -> None:
        """Write the table with one row more."""
        self.rows.append(row)
        self._keys.add(self._key_of(row))
        write_whole(self.folder / TABLE, self.frame().to_csv(index=False).encode())

    def frame(self) -> pd.DataFrame:
        """All rows."""
        return pd.DataFrame(self.rows)

    def _key_of(self, row):
        return tuple(str(row[name]) for name in self.key)

    def _settings(self):
        """The settings that are there, None where none are."""
        path = self.folder / SETTINGS
        if not path.exists():
            if (self.folder / TABLE).exists():
                raise ValueError(self._damaged(SETTINGS, "it is missing beside the table"))
            return None
        try:
            there = json.loads(path.read_bytes())
        except ValueError as error:
            raise ValueError(self._damaged(SETTINGS, "no JSON")) from error
        if not isinstance(there, dict):
            raise ValueError(self._damaged(SETTINGS, "no object of JSON"))
        return there

    def _read(self):
        path = self.folder / TABLE
        if not path.exists():
            return []
        try:
            table = pd.read_csv(path)
        except (ValueError, UnicodeDecodeError) as error:
            raise ValueError(self._damaged(TABLE, "no CSV")) from error
        if not set(self.key) <= set(table.columns) or table[self.key].isna().any(axis=None):
            raise ValueError(self._damaged(TABLE, f"a row without {', '.join(self.key)}"))
        # A metric may be missing, where nothing was judged; what ends a row never is.
        if table.iloc[:, -1].isna().any() or table.duplicated(self.key).any():
            raise ValueError(self._damaged(TABLE, "a row that is cut, or there twice"))
        return table.to_dict("records")

    def _damaged(self, name, problem):
        return (
            f"{self._shown(name)} must be what this command wrote, got {problem}. Cure: delete the "
            "folder, or another one (--out)."
        )

    def _shown(self, name):
        return shown(str(self.folder / name), 150)
