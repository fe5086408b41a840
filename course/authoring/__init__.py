"""How chapters are made from their masters: `masters` (read, strip, name), `execution`, `checks`,
`variants`.

The command line is `python -m course.authoring.build`; CONTRIBUTING.md says how a chapter is
written.
"""
