"""Who may import whom, and what each door shows."""

import ast
import importlib
import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tools.lock import read_pins

ROOT = Path(__file__).resolve().parents[2]
# What a learner's set-up holds besides the standard library, by import name, some by way of
# JupyterLab or matplotlib.
LEARNER = {
    "numpy",
    "pandas",
    "torch",
    "matplotlib",
    "seaborn",
    "tqdm",
    "safetensors",
    "tomli_w",
    "filelock",
}
LEARNER |= {"IPython", "PIL", "ipywidgets", "pygments", "nbformat", "transformers", "dask"}
OF_SEQREC = {
    "torch",
    "numpy",
    "pandas",
    "tqdm",
    "safetensors",
    "filelock",
    "matplotlib",
    "IPython",
    "faiss",
}
MAY_IMPORT = {
    "zooplus_sim": {"numpy", "pandas", "tomli_w", "filelock", "tqdm", "pyarrow", "distributed"},
    "seqrec": OF_SEQREC | {"transformers", "dask", "pyarrow", "fastapi", "starlette", "uvicorn"},
    "course/coach": LEARNER | {"seqrec"},
    "course/keys": LEARNER | {"seqrec", "zooplus_sim"},
    "course/figures": LEARNER | {"seqrec", "zooplus_sim"},
    "course/play": LEARNER | {"seqrec", "zooplus_sim"},
    "chapters": LEARNER | {"seqrec", "zooplus_sim", "course"},
}
AUTHORS_TOOLS = ("nbgrader", "jupytext", "nbval", "pytest", "hypothesis", "scipy", "playwright")
# Extras: what needs them imports them there and then.
AUTHORS_TOOLS += ("yaml", "pyarrow", "faiss", "dask", "distributed")
AUTHORS_TOOLS += ("fastapi", "starlette", "uvicorn", "onnx", "onnxscript", "onnxruntime", "httpx")

# The floors of each package: a wing imports itself and what stands on floors below its own.
FLOORS = {
    "seqrec": (
        {"checks", "compiler", "devices", "notices", "row_draws"},
        {"data", "metrics", "training"},
        {"losses", "items"},
        {"baselines"},
        {"models"},
        {"recommender"},
        {"shop", "reproduce", "serve"},
    ),
    "zooplus_sim": (
        {"checks"},
        {"files", "keyed_random"},
        {"world"},
        {"journeys"},
        {"oracle", "logs"},
        {"storefront", "benchmark"},
        {"__main__"},
    ),
    "course": (
        {"tables", "trials", "coach", "movielens_stand_in"},
        {"keys", "figures", "progress"},
        {"play", "marking"},
        {"authoring"},
        {"teaching"},
    ),
}
# What each door shows: the one list of public names.
DOORS = {
    "seqrec.data": """
        Asked Events ItemIndex LabelledSamples MovieLens PAD SequenceDataset Split ask benchmark_log
        build_sequences build_sequences_at_scale by_session describe_events download_public_log
        interactions_from_clicks k_core labelled_samples leave_last_two_out load_interactions
        load_movielens_1m load_public_log mask_id newest newest_session opening_shares pad_left
        pieces read_events sliding_windows split_by_time split_sessions_by_time
        validate_interactions windows without_empty_columns""",
    "seqrec.metrics": """
        Interval Ranking coverage difference_interval exclude expected_hit_rate expected_ndcg
        expected_sampled_hit_rate full_ranking gains hit_rate matched_ratio mean_interval ndcg
        popularity_bias ranks reciprocal_rank sampled_ranks share_of_lift top_items""",
    "seqrec.training": """
        EpochReport SCHEDULES TrainConfig TrainResult joined_ranks load_checkpoint
        plain_train save_checkpoint train""",
    "seqrec.losses": """
        bce_loss bpr_loss chunked_softmax_loss click_loss cloze_loss gbce_loss hard_negatives
        in_batch_loss in_batch_negatives log_q mse_loss multi_task_loss next_item_loss
        outcome_loss outcome_pairs popularity_negatives sampled_softmax_loss softmax_in_chunks
        softmax_loss step_loss towers_loss uniform_negatives window_loss""",
    "seqrec.items": """
        Content FeatureTable ItemEmbedding Labels Number Vectors Words bucket
        with_catalogue words""",
    "seqrec.models": """
        BACKBONES BERT4Rec BST CausalBackbone LightGCN MaskedBackbone MeanPoolBST
        MultiHeadAttention MultiTask PairHead SASRec SASRecOutcome SRGNN SequenceEncoder
        TransformerBlock TwoTower backbone_config bipartite_edges click_head draw_weights
        make_backbone normalised_graph pad_column patched score_catalogue states_by_layer
        temporal_edges visible_mask""",
    "seqrec.baselines": """
        GRU4Rec ItemCoOccurrence LinUCB MLPClick MarkovChain Popularity click_rates
        exposures_from_interactions""",
    "seqrec.recommender": """
        BERT4RecConfig BSTConfig CausalBackboneConfig CoOccurrenceConfig Content EASEConfig
        ErrorBudget HybridConfig Labels MarkovConfig MaskedBackboneConfig MeanPoolBSTConfig
        NearestItems Number PopularityConfig SASRecConfig SASRecOutcomeConfig SRGNNConfig
        SequentialRecommender SessionKNNConfig TrainConfig TwoStageRecommender TwoTowerConfig
        Vectors Words error_budget export_onnx gains register_model rerank retrieve""",
    "seqrec.shop": """
        Comparison Estimate LinUCBPolicy SampleRatio SoftmaxPolicy diversify draw_slates
        product_scores sample_ratio_mismatch time_calls""",
    "seqrec.serve": "Limits Shelf create_app",
    "seqrec.reproduce": """
        Benchmark RECIPES Recipe compare_protocols judge_file load_weights reproduce""",
    "zooplus_sim": """
        Belief BeliefPolicy Browsing IntentPolicy Journeys Oracle PopularityPolicy RANGES
        RandomPolicy ScorePolicy ShuffleTest Storefront World WorldError ZooplusSimulator
        generate_training_data realism_report run shuffle_test write_journeys""",
    "course": """
        calibration exercise guess hint measured progress_board quiz reveal scoreboard solution""",
    "course.coach": """
        Choice EquivalentMutant Exercise GuessChoice GuessNumber GuessOrder Misconception
        ModuleProbe Probe Quiz State Verdict calibration exercise guess hint judge progress_board
        quiz reveal scoreboard solution""",
    "course.figures": """
        AttentionExplorer COLOURS COLOUR_OF DIVERGING PAIR SEQUENTIAL SQUARE WIDE WorldKnobs
        draw_attention draw_bars draw_budgets draw_converge draw_curves draw_draws draw_graph
        draw_heads draw_lines draw_reactions draw_restored draw_stretch draw_sweeps
        first_ladder_alt first_ladder_figure first_rungs head_layout knobs_figure ladder_alt
        ladder_figure life_figure missions_figure padding_figure rollout_figure rungs show
        show_picture splits_figure windows_figure""",
    "course.play": "PlayPage",
}

IMPORT_ALL = """
import importlib, pkgutil, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"{{name}} is blocked", name=name)

sys.meta_path.insert(0, Blocked())
package = importlib.import_module({package!r})
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not module.name.endswith("__main__") and {every!r}:
        importlib.import_module(module.name)
"""


def run_python(code: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("package", "blocked"),
    [
        ("zooplus_sim", ("torch", "seqrec", "course", *AUTHORS_TOOLS)),
        ("seqrec", ("zooplus_sim", "course", "transformers", *AUTHORS_TOOLS)),
    ],
)
def test_a_library_imports_without_what_it_must_not_know(package, blocked):
    done = run_python(IMPORT_ALL.format(package=package, blocked=blocked, every=True))
    assert done.returncode == 0, done.stderr


def test_the_coach_imports_without_the_authors_tools():
    done = run_python(IMPORT_ALL.format(package="course", blocked=AUTHORS_TOOLS, every=False))
    assert done.returncode == 0, done.stderr


def test_the_block_blocks():
    done = run_python(IMPORT_ALL.format(package="seqrec", blocked=("torch",), every=True))
    assert done.returncode != 0 and "torch is blocked" in done.stderr


@pytest.mark.parametrize("place", MAY_IMPORT)
def test_imports_inside_functions_follow_the_arrows_too(place):
    allowed = MAY_IMPORT[place] | sys.stdlib_module_names | {place.split("/")[0]}
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path, code in sources(ROOT / place)
        for name in imported(code)
        if name not in allowed
    ]
    assert not wrong, "\n".join(wrong)


def test_tests_and_tools_import_only_what_the_test_set_up_installs():
    ours = {"zooplus_sim", "seqrec", "course", "tests", "benchmarks", "tools", "website"}
    distributions, pins = metadata.packages_distributions(), read_pins()
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for place in ("tests", "benchmarks", "tools", "course", "solutions", "website")
        for path, code in sources(ROOT / place)
        for name in imported(code)
        if name not in ours | sys.stdlib_module_names
        and not any(canonicalize_name(found) in pins for found in distributions.get(name, ()))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("package", FLOORS)
def test_every_wing_stands_on_a_floor(package):
    wings = {wing_of(path, package) for path in modules(package)} - {"__init__"}
    assert wings == set().union(*FLOORS[package])


@pytest.mark.parametrize("package", FLOORS)
def test_a_wing_imports_itself_and_lower_floors_only(package):
    found = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(package)
        for name in against_the_floors(package, wing_of(path, package), path.read_text("utf-8"))
    ]
    assert not found, "\n".join(found)


UPWARDS = [
    (package, lower, upper)
    for package, floors in FLOORS.items()
    for here, above in zip(floors, floors[1:], strict=False)
    for lower, upper in ((sorted(here)[0], sorted(above)[0]),)
]


@pytest.mark.parametrize(("package", "lower", "upper"), UPWARDS)
def test_an_import_that_is_planted_against_the_floors_is_found(package, lower, upper):
    planted = f"def f():\n    from {package}.{upper} import x\n"
    assert against_the_floors(package, lower, planted) == [f"{package}.{upper}"]
    assert against_the_floors(package, lower, f"import {package}.{upper}") == [f"{package}.{upper}"]
    assert not against_the_floors(package, upper, f"from {package}.{lower} import x")


def test_a_wing_beside_another_is_not_below_it():
    assert against_the_floors("seqrec", "data", "from seqrec.metrics import ndcg")
    assert against_the_floors("seqrec", "losses", "from seqrec import items")


@pytest.mark.parametrize("package", FLOORS)
def test_no_two_modules_need_each_other(package):
    """Inside a wing too: each module can be imported first."""
    needs = {
        name_of(path): set(imported_modules(path.read_text("utf-8"), package))
        for path in modules(package)
    }
    for name in needs:  # a door needs its rooms; a room that needs its door needs itself
        needs[name] &= needs.keys()
    found, done = [], set()

    def visit(name, way):
        if name in way:
            found.append(" -> ".join([*way[way.index(name) :], name]))
        elif name not in done:
            for other in sorted(needs[name]):
                visit(other, [*way, name])
            done.add(name)

    for name in sorted(needs):
        visit(name, [])
    assert not found, "\n".join(found)


@pytest.mark.parametrize("door", DOORS)
def test_a_door_shows_what_is_listed_here(door):
    shown = importlib.import_module(door)
    assert list(shown.__all__) == sorted(DOORS[door].split())
    assert all(hasattr(shown, name) for name in shown.__all__)


@pytest.mark.parametrize("door", DOORS)
def test_a_door_is_a_door_and_nothing_else(door):
    tree = ast.parse(Path(importlib.import_module(door).__file__).read_text("utf-8"))
    kinds = {type(node).__name__ for node in tree.body[1:]}
    assert ast.get_docstring(tree) and kinds <= {"Import", "ImportFrom", "Assign"}


@pytest.mark.parametrize("door", DOORS)
def test_what_a_door_shows_has_a_docstring(door):
    shown = importlib.import_module(door)
    things = [getattr(shown, name) for name in shown.__all__]
    bare = [thing.__name__ for thing in things if callable(thing) and not own_docstring(thing)]
    assert not bare


def own_docstring(thing):
    """Not that of a parent, nor what NamedTuple and dataclass write by themselves."""
    text = vars(thing).get("__doc__") if isinstance(thing, type) else thing.__doc__
    return text and not text.startswith(f"{thing.__name__}(")


@pytest.mark.parametrize("place", ["chapters", "solutions"])
def test_chapters_import_by_the_doors(place):
    """But for modules that a chapter is about."""
    about = {"zooplus_sim.keyed_random", "course.movielens_stand_in", "course.trials"}
    found = {
        f"{path.name}: {node.module}"
        for path, code in sources(ROOT / place)
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ImportFrom)
        and node.module.split(".")[0] in FLOORS
        and node.module not in about | DOORS.keys()
    }
    assert not found, "\n".join(sorted(found))


def modules(package):
    return sorted((ROOT / package).rglob("*.py"))


def name_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def wing_of(path, package):
    """The folder, or the module that stands beside the folders."""
    return path.relative_to(ROOT / package).with_suffix("").parts[0]


def against_the_floors(package, wing, code):
    """The modules of higher floors, and of other wings on the same one, that `code` imports."""
    floor = {name: number for number, names in enumerate(FLOORS[package]) for name in names}
    found = []
    for name in imported_modules(code, package):
        other = name.removeprefix(package).lstrip(".").partition(".")[0]
        if wing == "__init__" or other in ("", wing):
            continue
        if floor[other] >= floor[wing]:
            found.append(name)
    return found


def imported_modules(code, package):
    """Modules of the package that `code` imports, anywhere in it."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if of(package, alias.name))
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and of(package, node.module):
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if is_module(name) else node.module


def of(package, name):
    return name == package or name.startswith(package + ".")


def is_module(name):
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def sources(folder: Path):
    """Every module, and the code of every notebook, line magics taken out."""
    for path in sorted(folder.rglob("*.py")):
        yield path, path.read_text(encoding="utf-8")
    for path in sorted(folder.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        lines = "\n".join(
            "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"
        ).splitlines()
        yield path, "\n".join(line for line in lines if not line.startswith(("%", "!")))


def imported(code: str):
    """Top-level names of the packages that `code` imports, anywhere in it."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.split(".")[0]


def test_imported_finds_imports_wherever_they_stand():
    code = "import a.b\ndef f():\n    from c.d import e\n    if True:\n        import g as h\n"
    code += "from . import i"
    assert sorted(imported(code)) == ["a", "c", "g"]


def test_zooplus_sim_imports_quickly_and_without_torch():
    """Processor time, so that a busy machine does not matter:

    little more than numpy and pandas alone.
    """
    code = "import sys, time; began = time.process_time(); import {0};"
    code += "print(time.process_time() - began, 'torch' in sys.modules)"
    best = {}
    for name in ("pandas", "zooplus_sim"):
        runs = [run_python(code.format(name)).stdout.split() for _ in range(3)]
        assert all(loaded == "False" for _, loaded in runs)
        best[name] = min(float(seconds) for seconds, _ in runs)
    assert best["zooplus_sim"] < best["pandas"] + 0.5, best
