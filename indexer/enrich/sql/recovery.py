"""What can still be read of a statement that no grammar accepts as it stands.

Owns two ways: a CREATE ... AS reduced to its name, columns and query; and leaving out the clause at which the parser
stopped. What was left out is reported, so that nobody takes the rest for the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlglot.errors import ParseError
from sqlglot.tokens import Token, TokenType

from indexer.enrich.sql.words import words

_QUERY_STARTS = words("SELECT SEL WITH FROM VALUES (")
_PASSING = words("TEMPORARY TEMP VOLATILE PRIVATE")
_NO_COLUMN = words("CONSTRAINT PRIMARY FOREIGN UNIQUE CHECK INDEX KEY LIKE PERIOD EXPECT")
_CLAUSES = words(
    "SELECT FROM WHERE GROUP HAVING QUALIFY ORDER LIMIT UNION EXCEPT INTERSECT MINUS JOIN LEFT RIGHT INNER FULL CROSS "
    "ON SET VALUES WHEN USING INTO AS INSERT UPDATE DELETE WITH"
)
ROUNDS = 4
"""Clauses left out of one statement before it is given up; more and little of it would be left."""

MAX_TOKENS = 5_000
"""A longer statement is not tried again and again."""


def reduced_create(tokens: list[Token]) -> list[Token] | None:
    """CREATE [TEMPORARY] TABLE|VIEW name [(columns)] AS query, without options in between; None if it is no such."""
    texts = [token.text.upper() for token in tokens]
    if texts[0] != "CREATE":
        return None
    kind = next((at for at, word in enumerate(texts[:14]) if word in {"TABLE", "VIEW"}), None)
    if kind is None:
        return None
    name = kind + 1
    while texts[name : name + 1] and texts[name] in {"IF", "NOT", "EXISTS"}:
        name += 1
    end = _name_end(tokens, name)
    start = _query_start(tokens, end)
    if end == name or start is None:
        return None
    temporary = [tokens[at] for at in range(1, kind) if texts[at] in _PASSING][:1]
    if temporary:
        temporary = [_as(temporary[0], TokenType.TEMPORARY, "TEMPORARY")]
    head = [tokens[0], *temporary, _as(tokens[kind], getattr(TokenType, texts[kind]), texts[kind]), *tokens[name:end]]
    if texts[start] in {"CLONE", "COPY"}:
        return head + tokens[start : _name_end(tokens, start + 1)]
    return head + _column_list(tokens, end) + tokens[start:]


def _as(token: Token, kind: Any, text: str) -> Token:
    return Token(kind, text, token.line, token.col, token.start, token.end)


def _name_end(tokens: list[Token], at: int) -> int:
    """The index after a dotted name."""
    if at >= len(tokens) or tokens[at].token_type is TokenType.L_PAREN:
        return at
    at += 1
    while at + 1 < len(tokens) and tokens[at].token_type is TokenType.DOT:
        at += 2
    return at


def _query_start(tokens: list[Token], at: int) -> int | None:
    """The AS that a query follows, or CLONE and COPY that a name follows, outside brackets."""
    depth = 0
    for index in range(at, len(tokens) - 1):
        kind = tokens[index].token_type
        depth += (kind is TokenType.L_PAREN) - (kind is TokenType.R_PAREN)
        word = tokens[index].text.upper()
        if depth == 0 and word == "AS" and tokens[index + 1].text.upper() in _QUERY_STARTS:
            return index
        if depth == 0 and word in {"CLONE", "COPY"} and index == at:
            return index
    return None


def _column_list(tokens: list[Token], at: int) -> list[Token]:
    """`(a, b)` out of `(a COMMENT 'x', b INT, CONSTRAINT ...)` right after the name."""
    if at >= len(tokens) or tokens[at].token_type is not TokenType.L_PAREN:
        return []
    depth, first = 0, True
    names: list[Token] = []
    for index in range(at, len(tokens)):
        kind = tokens[index].token_type
        if depth == 1 and first and kind is not TokenType.R_PAREN:
            names += [] if tokens[index].text.upper() in _NO_COLUMN else [tokens[index]]
        first = kind is TokenType.COMMA and depth == 1
        if kind is TokenType.L_PAREN:
            depth += 1
            first = depth == 1
        elif kind is TokenType.R_PAREN:
            depth -= 1
            if depth == 0:
                return _bracketed(tokens[at], names, tokens[index]) if names else []
    return []


def _bracketed(opening: Token, names: list[Token], closing: Token) -> list[Token]:
    result = [opening]
    for name in names:
        result += [name, _as(name, TokenType.COMMA, ",")]
    return [*result[:-1], closing]


def without_obstacles(tokens: list[Token], parse: Callable[[list[Token]], Any]) -> tuple[Any, list[list[Token]]]:
    """Parse, leaving out the clause at which the parser stops, a few times: (tree or None, what was left out)."""
    left_out: list[list[Token]] = []
    if len(tokens) > MAX_TOKENS:
        return None, left_out
    for _ in range(ROUNDS):
        try:
            return parse(tokens), left_out
        except ParseError as error:
            at = _stopped_at(tokens, error)
            if at is None:
                break
            end = _clause_end(tokens, at)
            left_out.append(tokens[at:end])
            tokens = tokens[:at] + tokens[end:]
            if len(tokens) < 3:
                break
    return None, left_out


def _stopped_at(tokens: Sequence[Token], error: ParseError) -> int | None:
    for detail in error.errors:
        where = (detail.get("line"), detail.get("col"))
        for index, token in enumerate(tokens):
            if (token.line, token.col) == where:
                return index or None
    return None


def _clause_end(tokens: Sequence[Token], at: int) -> int:
    """The next clause word or closing bracket at the depth of token `at`; at least one token further."""
    depth = 0
    for index in range(at, len(tokens)):
        kind = tokens[index].token_type
        if kind is TokenType.L_PAREN:
            depth += 1
        elif kind is TokenType.R_PAREN:
            if depth == 0:
                return max(index, at + 1)
            depth -= 1
        elif depth == 0 and index > at and tokens[index].text.upper() in _CLAUSES:
            return index
    return len(tokens)
