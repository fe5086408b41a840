"""Sketches that a teacher draws on the board by hand, each of which dissolves some wrong ideas.

shapes   what a sketch is made of: boxes, arrows, texts, what strikes out
ink      shapes as SVG
sketch   a picture as it comes about: steps, a question, the last stroke
anna     Anna's clicks, and what else is taken from the course
drawn/   the sketches
every    all of them, and which one dissolves a wrong idea
page     a chapter's sketches as a page
"""
