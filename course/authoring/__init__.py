"""How chapters are made from their masters; CONTRIBUTING.md says how one is written.

build              the command line: what is out of date is made anew
masters            read, strip and name the cells
prose              only the prose has changed: the outputs are kept
minutes            how long a chapter takes (a command line)
freshness          is a stored notebook the one that its master makes?
execution          run a notebook as it will be stored
checks             what a stored notebook must keep to
variants           chapters answered in other ways (a command line)
master_solutions   the solutions in the masters, as functions
mutants            small edits of a right answer
slips              what an edit puts in place of an expression
mutation           how many of them a key's probes reject (a command line)
classroom          an nbgrader course (a command line)
handout            the package that students get
marking_steps      what nbgrader does on the way to a mark
play_models        the models of *Play as Anna* (a command line)
"""
