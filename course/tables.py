"""The tables that chapters show, measured beforehand: that takes longer than a chapter may."""

from importlib.resources import files

import pandas as pd

FOLDER = files("course") / "measured"


def measured(name: str, **options) -> pd.DataFrame:
    """The table `measured/NAME.csv`, a row for each measurement.

    A chapter names the maker of a table where it shows it.

    name:    of the table, such as "07_bst".
    options: for `pandas.read_csv`, such as dtype={"clicks": str}.

    Raises FileNotFoundError, which lists the tables that there are.
    """
    path = FOLDER / f"{name}.csv"
    if not path.is_file():
        names = (entry.name for entry in FOLDER.iterdir())
        known = ", ".join(sorted(each[:-4] for each in names if each.endswith(".csv")))
        raise FileNotFoundError(f"there is no measured table {name!r}. There are: {known}.")
    with path.open("rb") as file:
        return pd.read_csv(file, **options)
