"""The little mark-up of hints, sentences and quizzes.

*Emphasis*, `code`, ```blocks``` of it, and paragraphs. $Formulas$ pass through: the notebook sets
them.
"""

import html
import re

_BLOCK = re.compile(r"```(?:\w*\n)?(.*?)```", re.DOTALL)
_VERBATIM = re.compile(r"(`[^`\n]+`|\$[^$]+\$)")  # code and formulas: a star is no emphasis there
_EMPHASIS = re.compile(r"(?<!\w)\*(?=\S)([^*]+)(?<=\S)\*(?!\w)")


def to_html(text: str) -> str:
    """Paragraphs and code blocks."""
    parts = []
    for number, part in enumerate(_BLOCK.split(text.strip())):
        if number % 2:  # between fences
            parts.append(f"<pre>{html.escape(part.strip())}</pre>")
        else:
            paragraphs = [each for each in part.split("\n\n") if each.strip()]
            parts += [f"<p>{inline(each)}</p>" for each in paragraphs]
    return "".join(parts)


def inline(text: str) -> str:
    """One paragraph, without its tags."""
    parts = _VERBATIM.split(html.escape(text.strip(), quote=False))
    parts[::2] = [_EMPHASIS.sub(r"<em>\1</em>", part) for part in parts[::2]]
    parts[1::2] = [f"<code>{part[1:-1]}</code>" if part[0] == "`" else part for part in parts[1::2]]
    return "".join(parts)


def to_text(text: str) -> str:
    """The same as plain text: fences go, backticks stay."""
    return _BLOCK.sub(
        lambda block: "\n".join("    " + line for line in block[1].strip("\n").splitlines()),
        text.strip(),
    )
