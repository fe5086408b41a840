"""The tables that chapters show:

measured beforehand, because it takes longer than a chapter may.
"""

from importlib.resources import files

import pandas as pd

FOLDER = files("course") / "measured"


def measured(name: str, **options) -> pd.DataFrame:
    """The table `measured/NAME.csv`, a row for each measurement. Its maker is named where the
    chapter shows it.

    options: for `pandas.read_csv`, such as dtype={"clicks": str}.
    Raises FileNotFoundError that lists the tables that there are.
    """
    path = FOLDER / f"{name}.csv"
    if not path.is_file():
        known = ", ".join(
            sorted(entry.name[:-4] for entry in FOLDER.iterdir() if entry.name.endswith(".csv"))
        )
        raise FileNotFoundError(f"there is no measured table {name!r}. There are: {known}.")
    with path.open("rb") as file:
        return pd.read_csv(file, **options)
