"""What is too big or too deep to be handed to the parser.

Owns the limits. The compiled parser recurses in C: about 2,000 levels raise RecursionError, 10,000 nested subqueries
kill the process. So depth is counted on tokens beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot.tokens import Token, TokenType

MAX_CHARACTERS = 256 * 1024
"""Statements of people and of generators stay below this; a dump of data inside an INSERT does not."""

MAX_DEPTH = 200
"""An order of magnitude below where the parser fails, several above what people write."""

_OPEN = frozenset((TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE))
_CLOSE = frozenset((TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END))
_PREFIXES = frozenset(
    (TokenType.NOT, TokenType.DASH, TokenType.TILDE, TokenType.PLUS, TokenType.LT, TokenType.ARROW, TokenType.INTERVAL)
    + (TokenType.DSTAR, TokenType.CARET, TokenType.JOIN, TokenType.EXISTS)
    + (TokenType.DESCRIBE, TokenType.COLON_EQ, TokenType.FARROW, TokenType.PLACEHOLDER, TokenType.WITH)
    + (TokenType.BEGIN, TokenType.OVER, TokenType.ELSE, TokenType.THEN, TokenType.AT_GT, TokenType.COLON)
)


def too_deep(tokens: Sequence[Token]) -> bool:
    """True when a statement nests deeper than MAX_DEPTH.

    Brackets and CASE are counted open; operators that recurse to the right without a bracket are counted over a run
    in which no operand separates them by more than one token.
    """
    depth = run = gap = 0
    for token in tokens:
        kind = token.token_type
        if kind in _OPEN:
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif kind in _CLOSE and depth:
            depth -= 1
        if kind in _PREFIXES:
            run, gap = run + 1, 0
            if run > MAX_DEPTH:
                return True
        else:
            gap += 1
            if gap > 6:
                run = 0
    return False
