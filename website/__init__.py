"""The course as a website: static pages that need no server, no network and no script to be read.

__main__    python -m website: assembles the sources, then runs Sphinx
sources     which pages there are, and where their links lead
chapters    a solved notebook as a page: answers behind what was asked
reference   pages of what the packages' doors show
conf        Sphinx's settings
formulas    formulas as MathML, which browsers set by themselves
"""
