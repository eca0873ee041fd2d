"""dbt templates rendered far enough for lineage, where compiled SQL is missing.

Owns a small reading of Jinja: ref, source, this, var, config, set, if (first branch, incremental ones left out), for
over a literal list, comments. Nothing of a template is executed; an unknown expression becomes a neutral name and a
problem.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

_TAG = re.compile(r"\{\{-?(.*?)-?\}\}|\{%-?(.*?)-?%\}|\{#.*?#\}", re.DOTALL)
UNKNOWN = "unknown_expression"
"""What stands in the SQL for a template expression that could not be filled in."""

_REF = re.compile(r"""^ref\(\s*['"]([^'"]+)['"]\s*(?:,\s*['"]([^'"]+)['"])?[^)]*\)$""")
_SOURCE = re.compile(r"""^source\(\s*['"]([^'"]+)['"]\s*,\s*['"]([^'"]+)['"]\s*\)$""")
_VAR = re.compile(r"""^var\(\s*['"]([^'"]+)['"]\s*(?:,\s*(.+))?\)$""", re.DOTALL)
_SET = re.compile(r"^set\s+(\w+)\s*=\s*(.+)$", re.DOTALL)
_FOR = re.compile(r"^for\s+(\w+)\s+in\s+(.+)$", re.DOTALL)
_SILENT = re.compile(r"^(config|log|run_query|do|adapter\.|dbt_utils\.log|set_sql_header)\b")
MAX_RENDERED = 1024 * 1024
"""Characters. Nested loops over literal lists could multiply without end."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """SQL text, and what of the template could not be followed."""

    text: str
    problems: tuple[str, ...]


@dataclass(slots=True)
class _State:
    values: dict[str, object]
    problems: dict[str, None] = field(default_factory=dict)
    size: int = 0


def is_template(sql: str) -> bool:
    """True when the text holds Jinja tags."""
    return "{{" in sql or "{%" in sql or "{#" in sql


def render(sql: str) -> Rendered:
    """Render a dbt model or snapshot to SQL. Never raises; unbalanced tags are left out and reported."""
    pieces = list(_pieces(sql))
    state = _State({})
    text = "".join(_block(pieces, 0, len(pieces), state))
    if state.size > MAX_RENDERED:
        state.problems["the template grows beyond what is rendered"] = None
    return Rendered(text, tuple(state.problems))


def _pieces(sql: str) -> Iterator[tuple[str, str]]:
    """("text" | "value" | "tag", content) in order."""
    at = 0
    for found in _TAG.finditer(sql):
        if found.start() > at:
            yield "text", sql[at : found.start()]
        if found[1] is not None:
            yield "value", found[1].strip()
        elif found[2] is not None:
            yield "tag", found[2].strip()
        at = found.end()
    yield "text", sql[at:]


def _block(pieces: list[tuple[str, str]], start: int, end: int, state: _State) -> Iterator[str]:
    at = start
    while at < end and state.size <= MAX_RENDERED:
        kind, content = pieces[at]
        state.size += 1
        word = content.split(None, 1)[0] if kind == "tag" and content else ""
        if kind == "text":
            state.size += len(content)
            if state.size <= MAX_RENDERED:
                yield content
        elif kind == "value":
            yield _value(content, state, at > start and pieces[at - 1][1][-1:] in ("'", '"'))
        elif word in {"if", "for", "macro", "call", "filter", "snapshot", "raw", "test", "materialization"}:
            close = _closing(pieces, at, end, word)
            yield from _compound(word, pieces, at, close, state)
            at = close
        elif word == "set":
            close = _set(pieces, at, end, state)
            at = close
        at += 1


def _compound(word: str, pieces: list[tuple[str, str]], at: int, close: int, state: _State) -> Iterator[str]:
    if word in {"snapshot", "raw", "filter", "call"}:
        yield from _block(pieces, at + 1, close, state)
    elif word == "if":
        yield from _conditional(pieces, at, close, state)
    elif word == "for":
        yield from _loop(pieces, at, close, state)


def _conditional(pieces: list[tuple[str, str]], at: int, close: int, state: _State) -> Iterator[str]:
    """The branch a full build takes: is_incremental() is false, `loop.last` as the loop stands, else the first."""
    marks = [at, *_marks(pieces, at, close), close]
    for start, end in pairwise(marks):
        content = pieces[start][1]
        if (content.startswith("else") and not content.startswith("else if")) or _holds(content, state):
            yield from _block(pieces, start + 1, end, state)
            return


def _holds(content: str, state: _State) -> bool:
    condition = re.sub(r"^(if|elif)\s+", "", content).strip()
    if "is_incremental()" in condition:
        return bool(re.match(r"^not\s", condition))
    loop = re.match(r"^(not\s+)?loop\.(first|last)$", condition)
    if loop:
        return bool(state.values.get("loop." + loop[2])) != bool(loop[1])
    name = re.match(r"^(not\s+)?(\w+)$", condition)
    if name and name[2] in state.values:
        return bool(state.values[name[2]]) != bool(name[1])
    return True


def _loop(pieces: list[tuple[str, str]], at: int, close: int, state: _State) -> Iterator[str]:
    found = _FOR.match(pieces[at][1])
    items = _literal(found[2], state) if found else None
    if found is None or not isinstance(items, list | tuple):
        state.problems[f"the values of '{pieces[at][1]}' are not known; the loop was read once"] = None
        items = ["value"]
    for number, item in enumerate(items):
        if state.size > MAX_RENDERED:
            return
        state.values[found[1] if found else "item"] = item
        state.values["loop.first"] = number == 0
        state.values["loop.last"] = number == len(items) - 1
        yield from _block(pieces, at + 1, close, state)


def _set(pieces: list[tuple[str, str]], at: int, end: int, state: _State) -> int:
    found = _SET.match(pieces[at][1])
    if found:
        state.values[found[1]] = _literal(found[2], state)
        return at
    close = _closing(pieces, at, end, "set")
    name = pieces[at][1].split(None, 1)[1].strip() if " " in pieces[at][1] else ""
    state.values[name] = "".join(_block(pieces, at + 1, close, state))
    return close


def _value(content: str, state: _State, quoted: bool) -> str:
    """What `{{ content }}` becomes; `quoted`: it stands inside a string of the SQL."""
    expression = content.split("|", 1)[0].strip() if not content.startswith(("'", '"')) else content
    for pattern, render_with in ((_REF, _ref), (_SOURCE, _source)):
        found = pattern.match(expression)
        if found:
            return render_with(found)
    variable = _VAR.match(expression)
    if variable:
        default = _literal(variable[2], state) if variable[2] else None
        if default is not None:
            return str(default)
        return variable[1] if quoted else f"'{variable[1]}'"
    if _SILENT.match(expression):
        return ""
    if expression == "this":
        return "this"
    value = _literal(expression, state)
    if value is not None:
        return str(value)
    state.problems[f"the template expression '{content[:80]}' is not known"] = None
    return UNKNOWN


def _ref(found: re.Match[str]) -> str:
    return found[2] or found[1]


def _source(found: re.Match[str]) -> str:
    return f"{found[1]}.{found[2]}"


def _literal(text: str, state: _State) -> object:
    """A literal, a known variable, an item or attribute of one; None when it is anything else."""
    text = text.strip()
    if text in state.values:
        return state.values[text]
    part = re.match(r"""^(\w+)(?:\.(\w+)|\[['"](\w+)['"]\])$""", text)
    if part:
        held = state.values.get(part[1])
        return held.get(part[2] or part[3]) if isinstance(held, dict) else None
    variable = _VAR.match(text)
    if variable:
        return _literal(variable[2], state) if variable[2] else None
    try:
        return ast.literal_eval(text) if len(text) < 20_000 else None
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _closing(pieces: list[tuple[str, str]], at: int, end: int, word: str) -> int:
    depth = 0
    for index in range(at + 1, end):
        kind, content = pieces[index]
        first = content.split(None, 1)[0] if kind == "tag" and content else ""
        if first == word and not (word == "set" and "=" in content):
            depth += 1
        elif first == "end" + word:
            if depth == 0:
                return index
            depth -= 1
    return end


def _marks(pieces: list[tuple[str, str]], at: int, close: int) -> list[int]:
    """Indexes of elif and else that belong to the if at `at`."""
    depth = 0
    marks = []
    for index in range(at + 1, close):
        kind, content = pieces[index]
        word = content.split(None, 1)[0] if kind == "tag" and content else ""
        depth += (word == "if") - (word == "endif")
        if depth == 0 and word in {"elif", "else"}:
            marks.append(index)
    return marks
