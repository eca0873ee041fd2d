"""What is too big or too deep to be handed to the parser.

Owns the limits. The compiled parser recurses in C: most shapes raise RecursionError when nested some thousand deep, but
10,000 nested subqueries, struct types or comma joins kill the process, and joins without a condition double the time
with each one more. So these are counted on tokens beforehand. Found by trying 75 shapes at 3,000 and 15,000
repetitions.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot.tokens import Token, TokenType

from indexer.enrich.sql.words import kinds, words

MAX_CHARACTERS = 256 * 1024
"""Statements of people and of generators stay below this; a dump of data inside an INSERT does not."""

MAX_DEPTH = 200
"""An order of magnitude below where the parser fails, several above what people write."""

MAX_BARE_JOINS = 12
"""Joins waiting for their condition at once. 20 take the parser 6 s, 12 take 25 ms, people write two."""

MAX_COMMA_JOINS = 1_000
"""Tables listed with commas in one FROM; the parser dies of 15,000."""

_OPEN = kinds("L_PAREN L_BRACKET L_BRACE CASE")
_CLOSE = kinds("R_PAREN R_BRACKET R_BRACE END")
_CONDITIONS = kinds("ON USING")
_OPERANDS = kinds("VAR IDENTIFIER STRING NUMBER COMMA DOT STAR SEMICOLON")
_LEAVES_FROM = kinds("WHERE GROUP_BY HAVING QUALIFY ORDER_BY LIMIT UNION SELECT SET")
_UNCONDITIONED = kinds("CROSS NATURAL ARRAY")
_NESTED_TYPES = words("ARRAY STRUCT MAP LIST NESTED TUPLE ROW")


def too_deep(tokens: Sequence[Token]) -> bool:
    """True when a statement nests, repeats or joins beyond the limits."""
    return _nested(tokens) or _joined(tokens)


def _nested(tokens: Sequence[Token]) -> bool:
    """Brackets, CASE and type brackets open at once; one keyword or operator repeated; steps of a pipe."""
    depth = types = run = pipes = 0
    before = None
    word = ""
    for token in tokens:
        kind = token.token_type
        if kind in _OPEN:
            depth += 1
        elif kind in _CLOSE and depth:
            depth -= 1
        elif kind is TokenType.LT and word in _NESTED_TYPES:
            types += 1
        elif kind is TokenType.GT and types:
            types -= 1
        elif kind is TokenType.PIPE_GT:
            pipes += 1
        run = run + 1 if kind is before and kind not in _OPERANDS else 0
        if depth > MAX_DEPTH or run > MAX_DEPTH or types > MAX_DEPTH or pipes > MAX_DEPTH:
            return True
        before = kind
        word = "" if kind in _OPERANDS else token.text.upper()
    return False


def _joined(tokens: Sequence[Token]) -> bool:
    """Joins that wait for a condition, and tables between commas."""
    waiting = commas = 0
    within = False
    before = None
    for token in tokens:
        kind = token.token_type
        if kind is TokenType.JOIN:
            waiting += before not in _UNCONDITIONED
        elif kind in _CONDITIONS:
            waiting = max(waiting - 1, 0)
        elif kind is TokenType.FROM:
            within, commas = True, 0
        elif kind in _LEAVES_FROM:
            within = False
            waiting = 0 if kind is TokenType.SELECT else waiting
        elif kind is TokenType.COMMA and within:
            commas += 1
        if waiting > MAX_BARE_JOINS or commas > MAX_COMMA_JOINS:
            return True
        before = kind
    return False
