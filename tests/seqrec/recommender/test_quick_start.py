"""The quick start of `docs/library.md`, run as it stands."""

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd

from tests.seqrec.recommender.shops import pure_noise

ROOT = Path(__file__).resolve().parents[3]
CODE, *_ = re.findall(
    r"```python\n(.*?)```", (ROOT / "docs" / "library.md").read_text(encoding="utf-8"), re.DOTALL
)


def test_it_leads_from_a_csv_to_ten_recommendations_for_everybody(tmp_path):
    log = pure_noise(n_users=25, n_events=6, n_items=30).sample(frac=1, random_state=0)
    log.to_csv(tmp_path / "clicks.csv", index=False)
    environment = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "error"}
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "ndcg@10" in done.stdout
    listed = pd.read_csv(tmp_path / "recommendations.csv")
    assert list(listed) == ["user_id", "rank", "item_id", "score", "is_fallback"]
    assert (listed.groupby("user_id").size() == 10).all() and set(listed["user_id"]) == set(
        range(25)
    )
    assert (tmp_path / "my_recommender" / "recommender.json").is_file()


def test_it_has_ten_lines_at_most():
    assert len([line for line in CODE.splitlines() if line.strip()]) <= 10
