"""From a log to rows of numbers.

interactions      the table that everything begins with, and its check
ids, times        what is taken for an id or a time, in whatever form, and the one it gets here
tables, refusals  tables of other libraries; how a bad column is refused
files, movielens  logs from files (`readers`), and the one that the papers use; `download` brings it
public_logs       logs that others have published, in their formats
chronology        one stable sort by (user, time)
item_index        the shop's ids as the numbers that models count with
padding           the two numbers that are no item
splits, samples   leave-last-two-out and a split by time; windows with labels
targets, two_logs what a fitted model is asked, and that it knows no future
sequences         a row per user, or a window per event: what chapter 02 builds
events, cuts      the same for a recommender: a log read once, and the ways to cut it
sessions          visits instead of whole histories
at_scale          logs that are larger than memory
"""

from seqrec.data.at_scale import build_sequences_at_scale
from seqrec.data.cuts import newest, pieces, windows
from seqrec.data.events import Events, read_events
from seqrec.data.files import benchmark_log, k_core, load_interactions
from seqrec.data.interactions import interactions_from_clicks, validate_interactions
from seqrec.data.item_index import ItemIndex
from seqrec.data.movielens import MovieLens, load_movielens_1m
from seqrec.data.padding import PAD, mask_id, without_empty_columns
from seqrec.data.public_logs.fetch import download_public_log
from seqrec.data.public_logs.log import load_public_log
from seqrec.data.samples import LabelledSamples, SequenceDataset, labelled_samples
from seqrec.data.sequences import build_sequences, pad_left, sliding_windows
from seqrec.data.sessions import by_session, describe_events, newest_session, opening_shares
from seqrec.data.splits import (
    Split,
    leave_last_two_out,
    split_by_time,
    split_sessions_by_time,
)
from seqrec.data.targets import Asked, ask

__all__ = [
    "Asked",
    "Events",
    "ItemIndex",
    "LabelledSamples",
    "MovieLens",
    "PAD",
    "SequenceDataset",
    "Split",
    "ask",
    "benchmark_log",
    "build_sequences",
    "build_sequences_at_scale",
    "by_session",
    "describe_events",
    "download_public_log",
    "interactions_from_clicks",
    "k_core",
    "labelled_samples",
    "leave_last_two_out",
    "load_interactions",
    "load_movielens_1m",
    "load_public_log",
    "mask_id",
    "newest",
    "newest_session",
    "opening_shares",
    "pad_left",
    "pieces",
    "read_events",
    "sliding_windows",
    "split_by_time",
    "split_sessions_by_time",
    "validate_interactions",
    "windows",
    "without_empty_columns",
]
