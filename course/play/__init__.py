"""*Play as Anna*: a shop to click in, and what five forecasters make of it.

    from course.play import PlayPage

forecasters   who is in the shop, and who says what
board         as HTML
page          the buttons
picture       where none run
models/       the three trained models, made by `course.authoring.play_models`
"""

from course.play.page import PlayPage

__all__ = ["PlayPage"]
