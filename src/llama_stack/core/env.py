"""`${env.NAME}` in a run config: required, `:=` with a default, `:+` only when set; `$${env.NAME}` stays as it is."""

import re
from collections.abc import Mapping

__all__ = ("expand",)

_START = "${env."
_REFERENCE = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::(?P<operator>[=+])(?P<word>.*))?", re.DOTALL)
_FORMS = "write ${env.NAME}, ${env.NAME:=default} or ${env.NAME:+value}"


def expand(text: str, env: Mapping[str, str]) -> tuple[str | None, list[str]]:
    """The text with its references filled in, and what is wrong with them.

    The result is a string whatever it looks like; a text that is one reference and comes out empty is None.
    An empty variable counts as unset. Only the branch that is taken is read: a default may name other variables.
    """
    problems: list[str] = []
    filled = _fill(text, env, problems)
    return (filled or None) if _is_reference(text) else filled, problems


def _fill(text: str, env: Mapping[str, str], problems: list[str]) -> str:
    parts: list[str] = []
    at = 0
    while (start := text.find(_START, at)) >= 0:
        end = _closing_brace(text, start)
        if end is None:
            problems.append(f"a reference is not closed; {_FORMS}")
            break
        if start > at and text[start - 1] == "$":  # escaped: keep the reference, drop one dollar
            parts.append(text[at : start - 1] + text[start : end + 1])
        else:
            parts.append(text[at:start] + _value(text[start + len(_START) : end], env, problems))
        at = end + 1
    return "".join(parts) + text[at:]


def _value(reference: str, env: Mapping[str, str], problems: list[str]) -> str:
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        # What follows the name may be a secret: leave it out.
        problems.append(f"'{_START}{reference.partition(':')[0]}…}}' is no reference; {_FORMS}")
        return ""
    name, operator, word = match["name"], match["operator"], match["word"] or ""
    value = env.get(name, "")
    if operator == "+":
        return _fill(word, env, problems) if value else ""
    if operator == "=":
        return value or _fill(word, env, problems)
    if not value:
        problems.append(f"environment variable {name} is not set; set it, or write ${{env.{name}:=default}}")
    return value


def _closing_brace(text: str, start: int) -> int | None:
    """Where the reference that opens at `start` ends; braces inside it must be balanced."""
    depth = 0
    for at in range(start + 1, len(text)):
        depth += (text[at] == "{") - (text[at] == "}")
        if depth == 0:
            return at
    return None


def _is_reference(text: str) -> bool:
    return text.startswith(_START) and _closing_brace(text, 0) == len(text) - 1
