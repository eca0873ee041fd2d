"""What is too big or too deep to be handed to the parser.

Owns the limits. The compiled parser recurses in C: about 2,000 levels raise RecursionError, 10,000 nested subqueries
kill the process. So depth is counted on tokens beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot.tokens import Token

from indexer.enrich.sql.words import kinds

MAX_CHARACTERS = 256 * 1024
"""Statements of people and of generators stay below this; a dump of data inside an INSERT does not."""

MAX_DEPTH = 200
"""An order of magnitude below where the parser fails, several above what people write."""

_OPEN = kinds("L_PAREN L_BRACKET L_BRACE CASE")
_CLOSE = kinds("R_PAREN R_BRACKET R_BRACE END")
_PREFIXES = kinds(
    "NOT DASH TILDE PLUS LT ARROW INTERVAL DSTAR CARET JOIN EXISTS DESCRIBE COLON_EQ FARROW PLACEHOLDER WITH BEGIN "
    "OVER ELSE THEN AT_GT COLON"
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
