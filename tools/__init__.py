"""Set-up of the course, in plain Python: what `make` calls, and what Windows calls without make."""

import sys

# Checked before anything else is imported, in syntax that an old Python can still read.
if sys.version_info < (3, 11):  # noqa: UP036
    found = ".".join(str(part) for part in sys.version_info[:3])
    sys.exit(
        "The course needs Python 3.11 or newer, and this is Python "
        + found
        + " ("
        + sys.executable
        + ").\n"
        "Install a newer one, then name it:  make lab PYTHON=python3.12   (Windows:  py -3.12 -m "
        "tools lab)"
    )
