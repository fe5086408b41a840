"""*Play as Anna*: `forecasters` (who says what), `board` (as HTML), `page` (the buttons), `picture` (where none run).

from solutions.play import PlayPage
"""

from solutions.play.page import PlayPage

__all__ = ["PlayPage"]
