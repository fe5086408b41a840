"""The programs that pages and docstrings show run as they stand, with a few small things before."""

import importlib
import re

import pytest

from tests.project.documented import ROOT, programs
from zooplus_sim.__main__ import main as simulate

LIBRARY = (ROOT / "docs" / "library.md").read_text("utf-8")
PROGRAMS = list(programs())
#: Not run, and why.
NOT_RUN = {
    "seqrec/shop/ab_tests.py:required_units": "a formula",
    "zooplus_sim/oracle/habit_urn.py:": "a formula",
    "zooplus_sim/storefront/browsing.py:": "a formula",
    "zooplus_sim/world/catalogue.py:build_catalogue": "a formula",
    "course/coach/key.py:": "tests/course/coach/test_key.py judges with it",
    "course/coach/notebook.py:exercise": "a stub, as every chapter holds",
    "course/figures/knobs.py:": "chapter 02 and tests/course/figures/test_knobs.py do",
    "course/trials.py:": "chapters 03 and 04 and tests/course/test_trials.py do",
}
#: What must be there before, by place of the docstring; a module's own names are.
SHOP = """
from zooplus_sim import ZooplusSimulator, write_journeys
shop = ZooplusSimulator(n_users=30)
"""
MODEL = """
import pandas as pd
from seqrec.items import Content, FeatureTable, ItemEmbedding, Labels, Number
from seqrec.recommender import SASRecConfig
from seqrec.models import SASRec
catalogue = pd.DataFrame({"category": ["a", "b"], "price": [1.0, 2.0]})
table = FeatureTable([Labels("category"), Number("price", log=True)]).fit(catalogue)
network = SASRec(2, 5, D=64, H=1, n_blocks=1)
"""
LOG = """
import functools
import pandas as pd
from seqrec.recommender import SASRecConfig, SequentialRecommender, TrainConfig
interactions = pd.DataFrame([(user, 1 + (user + t) % 12, t) for user in range(9) for t in range(9)])
interactions.columns = ["user_id", "item_id", "timestamp"]
SequentialRecommender = functools.partial(
    SequentialRecommender, training=TrainConfig(epochs=1), device="cpu", progress=False)
"""
FITTED = (
    LOG
    + """
from seqrec.data import leave_last_two_out
from seqrec.metrics import *
log = interactions
split = leave_last_two_out(log)
known, test = pd.concat([split.train, split.valid]), split.test
targets = log.groupby("user_id")["item_id"].last()
model = SequentialRecommender(SASRecConfig(), max_len=5).fit(log)
"""
)
TRAINING = """
import torch
from seqrec.training import SCHEDULES, TrainConfig, train
network = torch.nn.Linear(1, 1)
n_samples = 4
def loss(network, rows, generator):
    return network(torch.ones(len(rows), 1)).square().mean()
def validate(network):
    return {"ndcg@10": 0.5}
warmup_steps, total_steps, step = 2, 9, 1
"""
PREPARE = {
    "seqrec/data/at_scale.py": SHOP + "write_journeys('log', shop, events_per_user=4)",
    "seqrec/items/": MODEL,
    "seqrec/recommender/": FITTED,
    "seqrec/training/": TRAINING,
    "zooplus_sim/logs/partitioned.py": SHOP,
    "course/figures/style.py": "epochs, ndcg = [1, 2], [0.1, 0.6]",
    "course/figures/explorer.py": """
from seqrec.models import SequenceEncoder
encoder = SequenceEncoder(50, 5, D=8, H=1, n_blocks=1, hidden=8, causal=True)
labels = {item: str(item) for item in range(1, 51)}
shelves = {"all": list(range(1, 51))}
""",
    "course/marking/": "",
}
#: What takes long, shortened.
SHORT = {
    "n_users=1_000_000": "n_users=30",
    "shoppers=300": "shoppers=5",
    "TrainConfig(epochs=20": "TrainConfig(epochs=2",
    # There is a cluster in tests/seqrec/data.
    'client=Client("tcp://scheduler:8786")': "workers=1",
}


def run(code, names):
    for long, short in SHORT.items():
        code = code.replace(long, short)
    exec(compile(code, "<documented>", "exec"), names)


@pytest.mark.parametrize(
    ("where", "code"),
    [program for program in PROGRAMS if program[0] not in NOT_RUN],
    ids=lambda text: text.splitlines()[0] if "/" not in text else text.strip(":"),
)
def test_a_program_in_a_docstring_runs(where, code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = where.split(":")[0]
    names = vars(importlib.import_module(path[:-3].replace("/", ".").removesuffix(".__init__")))
    names = dict(names) | {"__name__": "documented"}
    for place, before in PREPARE.items():
        if path.startswith(place):
            exec(before, names)
    run(code, names)


def test_no_exception_is_left_over():
    assert set(NOT_RUN) <= {where for where, _ in PROGRAMS}
    assert len(PROGRAMS) > 15


def test_the_librarys_program_runs_on_the_log_that_its_command_makes(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (command,) = re.findall(r"`python -m zooplus_sim (--out clicks.csv)`", LIBRARY)
    assert simulate([*command.split(), "--quiet"]) == 0
    program, *_ = re.findall(r"^```python\n(.*?)^```", LIBRARY, re.MULTILINE | re.DOTALL)
    short = program.replace("epochs=100", "epochs=1").replace("max_len=50", "max_len=10")
    assert short != program
    names = {}
    exec(short, names)
    assert "ndcg@10" in capsys.readouterr().out
    lists = (tmp_path / "recommendations.csv").read_text().splitlines()
    assert len(lists) == 1 + 10 * names["log"]["user_id"].nunique()
    (later,) = re.findall(r"# later: (.*)", program)
    exec(f"again = {later}", names)
    assert (again := names["again"]).item_index_.n_items == names["log"]["item_id"].nunique()
    assert (
        again.score_items(names["log"][:99]) == names["model"].score_items(names["log"][:99])
    ).all()


def test_the_shop_of_ones_own_that_the_teachers_guide_shows_opens(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    guide = (ROOT / "TEACHING.md").read_text("utf-8")
    (program,) = re.findall(r"`(ZooplusSimulator\(world=World.from_toml\(path\)\))`", guide)
    assert simulate(["--write-world", "my_shop.toml"]) == 0
    names = {"path": "my_shop.toml"}
    exec("from zooplus_sim import Oracle, World, ZooplusSimulator", names)
    exec(f"oracle = Oracle({program})", names)
    assert names["oracle"].next_item_probabilities([[1]]).shape[0] == 1
