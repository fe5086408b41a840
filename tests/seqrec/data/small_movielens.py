"""A small file in the format of MovieLens 1M, so that no test needs the real one."""

import io
import zipfile

from course.movielens_stand_in import stand_in_files


def small_files(n_users=20):
    """{name: bytes} of the three .dat files, with a letter that is no ASCII in each title."""
    files = stand_in_files(50, n_users, (5, 12))
    files["movies.dat"] = files["movies.dat"].replace(b"(2000)", "(Café, 2000)".encode("latin-1"))
    return files


def zipped(files, folder="ml-1m/"):
    """The bytes of a zip of {name: bytes}. The same bytes each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(folder + name), data)
    return buffer.getvalue()
