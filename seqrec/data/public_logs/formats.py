"""All public formats: rows without code of their own, which `tables` and `json_lines` read."""

from seqrec.data.public_logs.formats_of_events import EVENT_FORMATS
from seqrec.data.public_logs.formats_of_ratings import RATING_FORMATS

FORMATS = RATING_FORMATS + EVENT_FORMATS
NAMED = {each.name: each for each in FORMATS}
