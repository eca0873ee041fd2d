"""Where in the script an expression stands, and its text as written there.

Owns the way from a syntax node back to characters. The parser keeps positions only on names, literals and some function
calls, so the span of an expression is that of its parts, widened over the tokens around it to the next boundary.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from sqlglot import exp
from sqlglot.tokens import Token, TokenType

from indexer.enrich.sql.records import Place
from indexer.enrich.sql.words import kinds

_STARTS = kinds("COMMA SELECT DISTINCT SET EQ VALUES RETURNING COLON_EQ ALL WHERE ON HAVING QUALIFY SEMICOLON")
_ENDS = kinds(
    "COMMA FROM ALIAS WHERE UNION SEMICOLON INTO EXCEPT INTERSECT GROUP_BY ORDER_BY LIMIT RETURNING WHEN HAVING "
    "QUALIFY USING"
)
_OPEN = kinds("L_PAREN L_BRACKET L_BRACE CASE")
_CLOSE = kinds("R_PAREN R_BRACKET R_BRACE END")


class Texts:
    """Texts and places in one statement, given the script and the statement's tokens."""

    def __init__(self, script: str, tokens: list[Token]) -> None:
        self._script = script
        self._tokens = tokens
        self._starts: list[int] = []
        self._lines: list[int] = []

    def of(self, node: Any) -> tuple[str, Place | None]:
        """The text of a select item or assigned value, without its alias, and its place; ("", None) if unplaceable."""
        value = node.this if isinstance(node, exp.Alias) else node
        span = _extent(value)
        if span is None:
            return "", None
        if not isinstance(value, exp.Column | exp.Identifier | exp.Literal):
            limit = _extent(node.args["alias"]) if isinstance(node, exp.Alias) else None
            if isinstance(value, exp.Subquery):
                span = self._bracketed(span)
            span = self._widened(span, _brackets_around(value), limit[0] if limit else None)
        start, end = span
        return self._script[start:end], self.place(start, end)

    def place(self, start: int, end: int) -> Place:
        """Offsets as a place with line and column."""
        if not self._lines:
            self._lines = line_starts(self._script)
        line = bisect_right(self._lines, start)
        return Place(line, start - self._lines[line - 1] + 1, start, end)

    def _bracketed(self, span: tuple[int, int]) -> tuple[int, int]:
        """The span of the SELECT keyword's brackets around a subquery's parts."""
        left = self._script.rfind("(", 0, span[0])
        return (max(left, 0), span[1]) if left >= 0 else span

    def _widened(self, span: tuple[int, int], pairs: int, limit: int | None) -> tuple[int, int]:
        tokens = self._tokens
        if not self._starts:
            self._starts = [token.start for token in tokens]
        left = max(bisect_right(self._starts, span[0]) - 1, 0)
        right = max(bisect_right(self._starts, span[1] - 1) - 1, left)
        unopened, unclosed = _unbalanced(tokens, left, right)
        left = self._left(left, unopened)
        right = self._right(right, unclosed, limit)
        while pairs and left > 0 and tokens[left - 1].token_type in _OPEN:
            if left > 1 and tokens[left - 2].token_type is TokenType.VALUES:
                break
            left, right = self._left(left - 1, 0), self._right(right, 1, limit)
            pairs -= 1
        return tokens[left].start, tokens[right].end + 1

    def _left(self, at: int, unopened: int) -> int:
        """The first token, going left past `unopened` brackets, after which an expression may begin."""
        depth = unopened
        while at > 0:
            kind = self._tokens[at - 1].token_type
            if kind in _CLOSE:
                depth += 1
            elif kind in _OPEN:
                if depth == 0:
                    return at
                depth -= 1
            elif depth == 0 and kind in _STARTS:
                return at
            at -= 1
        return at

    def _right(self, at: int, unclosed: int, limit: int | None) -> int:
        """The last token, going right past `unclosed` brackets, before which an expression may end."""
        depth = unclosed
        tokens = self._tokens
        while at + 1 < len(tokens) and (limit is None or tokens[at + 1].start < limit):
            kind = tokens[at + 1].token_type
            if kind in _OPEN:
                depth += 1
            elif kind in _CLOSE:
                if depth == 0:
                    return at
                depth -= 1
            elif depth == 0 and kind in _ENDS:
                return at
            at += 1
        return at


def _brackets_around(node: Any) -> int:
    """How many brackets stand around the first placed part of an expression: `CAST(`, `(`, `CASE` have no place."""
    pairs = 0
    while isinstance(node, exp.Expr):
        meta = node._meta
        if meta and "start" in meta:
            return pairs
        pairs += isinstance(node, exp.Func | exp.Paren | exp.Cast | exp.Subquery | exp.Tuple | exp.Case)
        node = node.args.get("this") or next(iter(node.args.get("ifs") or node.args.get("expressions") or ()), None)
    return pairs


def line_starts(text: str) -> list[int]:
    """Offsets at which lines begin."""
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts


def _unbalanced(tokens: list[Token], left: int, right: int) -> tuple[int, int]:
    """How many brackets in [left, right] close what opens before, and open what closes after."""
    depth = unopened = 0
    for token in tokens[left : right + 1]:
        if token.token_type in _OPEN:
            depth += 1
        elif token.token_type in _CLOSE:
            if depth == 0:
                unopened += 1
            else:
                depth -= 1
    return unopened, depth


def _extent(node: Any) -> tuple[int, int] | None:
    """Character offsets [start, end) of the placed parts of a node."""
    start, end = -1, -1
    stack = [node]
    while stack:
        current = stack.pop()
        meta = current._meta
        if meta and "start" in meta:
            at = meta["start"]
            start = at if start < 0 or at < start else start
            end = max(end, meta["end"] + 1)
        for value in current.args.values():
            if isinstance(value, exp.Expr):
                stack.append(value)
            elif isinstance(value, list):
                stack.extend(item for item in value if isinstance(item, exp.Expr))
    return (start, end) if start >= 0 else None
