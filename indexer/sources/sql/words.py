"""SQL text as words, without a grammar: enough to tell literals and comments from the rest. Pure.

Owns where strings begin and end in each dialect. What it gets wrong must err towards "this is a literal".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from indexer.enrich.sql.words import words

# Where "x" is a string, and where a backslash hides a quote within one.
_DOUBLE_QUOTED = words("bigquery mysql spark databricks hive")
_ESCAPES = words("bigquery mysql spark databricks hive snowflake clickhouse athena redshift")

Word = tuple[str, str]
"""(kind, text): comment, string, name (in quotes), number, word, parameter, space or sign."""


@lru_cache
def _literals(dialect: str) -> dict[str, list[str]]:
    """The patterns of comments, strings and quoted names."""
    plain = r"'(?:[^']|'')*(?:'|\Z)"
    escaped = r"'(?:[^'\\]|\\.|'')*(?:'|\Z)"
    single = escaped if dialect in _ESCAPES else plain
    strings = [r"[eE]" + escaped, r"(?:[nNbBxXrRuU]|[rR][bB]|[bB][rR]|_\w+\s?|[uU]&)?" + single]
    names = [r"`(?:[^`]|``)*(?:`|\Z)"]
    if dialect == "bigquery":
        strings = [r'[rRbB]{0,2}"""(?s:.)*?(?:"""|\Z)', r"[rRbB]{0,2}'''(?s:.)*?(?:'''|\Z)", *strings]
    if dialect in _DOUBLE_QUOTED:
        strings.append(r'[rRbB]{0,2}"(?:[^"\\]|\\.|"")*(?:"|\Z)')
    else:
        names.append(r'"(?:[^"]|"")*(?:"|\Z)')
    if dialect in ("tsql", "fabric", "sqlite"):
        names.append(r"\[[^\]]*(?:\]|\Z)")
    if dialect == "oracle":
        pairs = [(r"\[", r"\]"), (r"\{", r"\}"), (r"\(", r"\)"), ("<", ">")]
        bracketed = "|".join(rf"{one}(?s:.)*?{other}'" for one, other in pairs)
        strings.insert(0, rf"[nN]?[qQ]'(?:{bracketed}|(?P<q>.)(?s:.)*?(?P=q)')")
    comments = [r"--[^\n]*", r"/\*(?s:.)*?(?:\*/|\Z)"]
    if dialect in ("mysql", "bigquery"):
        comments.append(r"\#[^\n]*")
    if dialect not in ("tsql", "bigquery", "oracle", "mysql"):
        strings.append(r"\$(?P<tag>[A-Za-z_]*)\$(?s:.)*?(?:\$(?P=tag)\$|\Z)")
    return {"comment": comments, "string": strings, "name": names}


_REST = {
    "number": [r"0[xX][0-9a-fA-F]+", r"(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"],
    "word": [r"[^\W\d][\w$]*"],
    "parameter": [r"\$\d+", r":\w+", r"@@?\w+", r"%\(\w+\)s", r"\?"],
    "space": [r"\s+"],
    "sign": [r"<>|<=|>=|!=|::|\|\||=>|->>?", r"(?s:.)"],
}
_KINDS = ("comment", "string", "name", *_REST)


@lru_cache
def _words(dialect: str) -> re.Pattern[str]:
    return _pattern(_literals(dialect) | _REST)


@lru_cache
def _changing(dialect: str) -> re.Pattern[str]:
    """What differs from run to run, and quoted names so that nothing inside them is taken for it."""
    # A prefix of a string must not be the end of a word, and a number not the end of a name.
    strings = [rf"(?<![\w$]){one}" if not one.startswith("\\$") else one for one in _literals(dialect)["string"]]
    bare = [r"'(?:[^']|'')*(?:'|\Z)"]
    numbers = [r"(?<![\w$.])\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\w)"]
    return _pattern(_literals(dialect) | {"string": strings + bare, "number": numbers, "space": [r"\s\s+|[^\S ]"]})


def _pattern(parts: dict[str, list[str]]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{kind}>{'|'.join(many)})" for kind, many in parts.items()), re.DOTALL)


def _kind(found: re.Match[str]) -> str:
    kind = found.lastgroup or "sign"
    # A group inside a string's own pattern may have closed last.
    return kind if kind in _KINDS else "string"


def words_of(text: str, dialect: str) -> Iterator[Word]:
    """The words of a text in order; joined, they are the text."""
    for found in _words(dialect).finditer(text):
        yield _kind(found), found[0]


_LISTS = re.compile(r"\(\s*\?(?:\s*,\s*\?)+\s*\)")
_ROWS = re.compile(r"(\(\?\))(?:\s*,\s*\(\?\))+")
_INSTEAD = {"comment": " ", "space": " ", "string": "?", "number": "?"}


def _instead(found: re.Match[str]) -> str:
    return _INSTEAD.get(_kind(found)) or found[0]


def shape_of(text: str, dialect: str, fold: bool = True) -> str:
    """The statement less what differs from run to run: literals, comments, blanks, lengths of lists; and case, if
    `fold` and nothing in it is quoted.
    """
    bare = _changing(dialect).sub(_instead, text)
    if "?" in bare:
        bare = _ROWS.sub(r"\1", _LISTS.sub("(?)", bare))
    bare = " ".join(bare.split()).rstrip("; ")
    return bare.lower() if fold and '"' not in bare and "`" not in bare else bare
