"""Files of at most a few megabytes that take gigabytes or minutes to read for who is not careful.

Each is a function that gives the bytes, as fifty of them would be many at once.
"""

from collections.abc import Callable

#: About a megabyte, and below what a file may have.
SIZE = 990_000


def _filled(begin: str, piece: str, end: str = "") -> str:
    """`piece` as often as fits."""
    return begin + piece * ((SIZE - len(begin) - len(end)) // len(piece)) + end


def _numbered(line: str, times: int) -> str:
    return "".join(line.format(number) + "\n" for number in range(times))


DEEP = "b.c.d.e.f.g.h.i.j.k.l"
TEXTS: dict[str, Callable[[], str]] = {
    "parts of a key": lambda: "a" + ".a" * 50_000 + " = 1",
    "parts of a key, quoted": lambda: '"a"' + '."a"' * 50_000 + " = 1",
    "parts of a key, with spaces": lambda: "a" + " . a" * 50_000 + " = 1",
    "parts of a key, in single quotes": lambda: "'a'" + ".'a'" * 50_000 + " = 1",
    "parts of a header": lambda: "[" + "a." * 50_000 + "a]",
    "parts of a header in two brackets": lambda: "[[" + "a." * 50_000 + "a]]",
    "parts of a key in an inline table": lambda: "x = {" + "a." * 50_000 + "a = 1}",
    "parts of a key after a text with quotes": lambda: 'x = "\\""\n' + "a." * 50_000 + "a = 1",
    "parts of a key after a long text": lambda: 'x = """"a""""\n' + "a." * 50_000 + "a = 1",
    "parts of a key after a comment": lambda: "# '''\n" + "a." * 50_000 + "a = 1",
    "parts of a key after CRLF": lambda: 'x = "y"\r\n' + "a." * 50_000 + "a = 1",
    "many deep keys": lambda: _numbered("a{}." + DEEP + " = 1", 30_000),
    "deep keys as many as may be": lambda: _numbered("a{}." + DEEP + " = 1", 19_000),
    "many deep headers": lambda: _numbered("[a{}." + DEEP + "]", 30_000),
    "deep headers as many as may be": lambda: _numbered("[a{}." + DEEP + "]", 19_000),
    "many keys": lambda: _numbered("a{} = 1", 90_000),
    "keys as many as may be": lambda: _numbered("a{} = 1", 19_999),
    "many tables": lambda: _numbered("[a{}]", 90_000),
    "many tables of one name": lambda: _filled("", "[[personas]]\n"),
    "tables as many as may be": lambda: "[[personas]]\n" * 9_999,
    "nested lists, open": lambda: _filled("x = ", "["),
    "nested lists, closed": lambda: "x = " + "[" * 400_000 + "]" * 400_000,
    "nested inline tables": lambda: _filled("x = ", "{a = "),
    "nested inline tables in lists": lambda: _filled("x = ", "[{a = "),
    "nested lists after a closed one": lambda: "x = []\ny = " + "[" * 400_000,
    "closing brackets first": lambda: "]" * 400_000 + "\nx = " + "[" * 400_000,
    "many empty lists": lambda: _filled("x = [", "[],", "]"),
    "many empty tables": lambda: _filled("x = [", "{},", "]"),
    "many numbers": lambda: _filled("tier_match = [", "1,", "]"),
    "many texts": lambda: _filled("tiers = [", '"",', "]"),
    "many dates": lambda: _filled("start = [", "1979-05-27T07:32:00Z,", "]"),
    "digits": lambda: _filled("habit_memory = ", "9"),
    "digits with underscores": lambda: _filled("habit_memory = 1", "_1"),
    "digits of base 16": lambda: _filled("habit_memory = 0x", "f"),
    "digits of base 2": lambda: _filled("habit_memory = 0b", "1"),
    "digits of a fraction": lambda: _filled("habit = 0.", "9"),
    "digits of an exponent": lambda: _filled("habit = 1e", "9"),
    "a long name": lambda: _filled('name = "', "n", '"'),
    "a long name of escapes": lambda: _filled('name = "', "\\u0041", '"'),
    "a long key": lambda: _filled("", "k", " = 1"),
    "a text that does not end": lambda: _filled('name = "', "\\"),
    "a long text that does not end": lambda: _filled('name = """x"\n', '\\"""x"\n'),
    "quotes": lambda: _filled("", '"'),
    "single quotes": lambda: _filled("", "'"),
    "equals signs": lambda: _filled("", "="),
    "dots": lambda: _filled("", "."),
    "comments": lambda: _filled("", "#.[\n"),
    "empty lines": lambda: _filled("", "\n"),
    "NUL": lambda: _filled("", "\0"),
    "too large": lambda: _filled("", "\n") + "#" * 20_000_000,
}
BOMBS = {name: lambda text=text: text().encode() for name, text in TEXTS.items()}
