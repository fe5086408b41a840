"""The little mark-up of hints, sentences and quizzes: `code`, ```blocks``` of it, and paragraphs.

$Formulas$ pass through: the notebook sets them.
"""

import html
import re

_BLOCK = re.compile(r"```(?:\w*\n)?(.*?)```", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")


def to_html(text: str) -> str:
    """Paragraphs and code blocks."""
    parts = []
    for number, part in enumerate(_BLOCK.split(text.strip())):
        if number % 2:  # between fences
            parts.append(f"<pre>{html.escape(part.strip())}</pre>")
        else:
            parts += [f"<p>{inline(paragraph)}</p>" for paragraph in part.split("\n\n") if paragraph.strip()]
    return "".join(parts)


def inline(text: str) -> str:
    """One paragraph, without its tags."""
    return _CODE.sub(r"<code>\1</code>", html.escape(text.strip(), quote=False))


def to_text(text: str) -> str:
    """The same as plain text: fences go, backticks stay."""
    return _BLOCK.sub(
        lambda block: "\n".join("    " + line for line in block[1].strip("\n").splitlines()), text.strip()
    )
