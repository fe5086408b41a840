"""*Play as Anna*: `forecasters` (who says what), `board` (as HTML), `page` (the buttons), `picture`
(where none run).

from course.play.page import PlayPage
"""

from course.play.page import PlayPage

__all__ = ["PlayPage"]
