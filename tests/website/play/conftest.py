"""What the scripts of *Play as Anna* are run by, and on which shop."""

import pytest

from course.play.forecasters import SHOP_USERS
from tests.website.play.engine import HOW_TO_GET_ONE, engine, find_engine
from website.play.data import write_data
from zooplus_sim import ZooplusSimulator


@pytest.fixture(scope="session")
def shop():
    return ZooplusSimulator(n_users=SHOP_USERS)


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """JavaScript: `run("input => ...", input)`."""
    if find_engine() is None:
        pytest.skip(HOW_TO_GET_ONE)
    data = tmp_path_factory.mktemp("play") / "data.js"
    write_data(data)
    with engine(data) as started:
        yield started
