"""What a TOML file may hold: the scan refuses what is dear to parse, and nothing else."""

import tomllib

import pytest

from zooplus_sim import WorldError
from zooplus_sim.world.toml_files import DEEPEST, MOST_KEYS, read_toml


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "shop.toml"
        path.write_bytes(text.encode())
        return read_toml(path)

    return read


@pytest.mark.parametrize(
    "text",
    [
        "# " + "." * 99 + "[" * 99 + "\na = 1",
        'a = "' + "." * 99 + "[" * 99 + '"',
        "a = '" + "{." * 99 + "'",
        'a = """' + '."[\n' * 99 + '"""',
        "a = '''" + ".'[\n" * 99 + "'''",
        'a = """"""\nb = ""\nc = """"x""""',
        "a = ''''''\nb = ''\nc = '''it's'''",
        'a = "\\"' + "." * 99 + '"',
        "a = [" + "1.5, " * 99 + "]",
        "a = [" + "[], " * 99 + "]",
        "a = 2026-01-05T00:00:00.5Z\r\nb = 1.5\r\n",
        ".".join("a" * DEEPEST) + " = 1",
        "a = " + "[" * DEEPEST + "]" * DEEPEST,
        "".join(f"a{n} = 1\n" for n in range(MOST_KEYS)),
    ],
)
def test_what_is_cheap_is_read_as_tomllib_reads_it(read, text):
    assert read(text) == tomllib.loads(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\n" + ".".join("a" * (DEEPEST + 1)) + " = 1", "line 2: the parts of a key"),
        ('a = """\n\n"""\n' + "[" + "a . " * 12 + "a]", "line 4: the parts of a key"),
        ("a = " + "[" * (DEEPEST + 1), "line 1: the brackets within brackets"),
        ("".join(f"a{n} = 1\n" for n in range(MOST_KEYS + 1)), "the keys, tables and lists"),
        ("a" * 1_000_001, "the file must be a world of at most 1,000,000 bytes"),
        ("a = " + "9" * 5_000, "not a valid TOML file: Exceeds the limit"),
    ],
)
def test_what_is_dear_is_refused(read, text, message):
    with pytest.raises(WorldError, match=message) as caught:
        read(text)
    assert len(str(caught.value)) < 400
