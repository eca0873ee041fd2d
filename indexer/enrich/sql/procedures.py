"""What the code around statements in a procedure tells of names: parameters, variables, rows of a loop.

Owns reading these off tokens. Their values are followed by the Reader; assignments other than by a query are not.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot.tokens import Token, TokenType

from indexer.enrich.sql.script import Chunk, is_routine
from indexer.enrich.sql.words import words

_MODES = words("IN OUT INOUT VARIADIC")
_NO_VARIABLE = words(
    "BEGIN CURSOR CONTINUE EXIT HANDLER TABLE FUNCTION PROCEDURE DECLARE LANGUAGE RETURN SELECT INSERT WITH"
)


def declared(chunk: Chunk) -> frozenset[str]:
    """Lower-case names of parameters in a routine's head and of the variable declared first after DECLARE, IS or AS."""
    tokens = chunk.tokens
    texts = [token.text.upper() for token in tokens]
    names: set[str] = set()
    if is_routine(chunk) and "(" in texts:
        names |= _parameters(tokens, texts.index("("))
    for at, word in enumerate(texts[:-2]):
        starts = word == "DECLARE" or (word in {"IS", "AS"} and is_routine(chunk))
        if starts and tokens[at + 1].token_type is TokenType.VAR and texts[at + 1] not in _NO_VARIABLE:
            names.add(tokens[at + 1].text.lower())
    return frozenset(names)


def _parameters(tokens: list[Token], at: int) -> set[str]:
    names: set[str] = set()
    depth = 0
    expecting = True
    for token in tokens[at:]:
        kind = token.token_type
        if kind is TokenType.L_PAREN:
            depth += 1
        elif kind is TokenType.R_PAREN:
            depth -= 1
            if depth == 0:
                break
        elif kind is TokenType.COMMA:
            expecting = depth == 1
        elif expecting and token.text.upper() not in _MODES:
            names.add(token.text.lower())
            expecting = False
    return names


def loops(tokens: list[Token]) -> Iterator[tuple[str, list[Token]]]:
    """(row name, query) of FOR row IN (query) LOOP and FOR row IN query LOOP or DO."""
    texts = [token.text.upper() for token in tokens]
    for at in range(len(tokens) - 4):
        if texts[at] != "FOR" or texts[at + 2] != "IN":
            continue
        start = at + 4 if texts[at + 3] == "(" else at + 3
        if texts[start] not in {"SELECT", "WITH"}:
            continue
        depth = 0
        for end in range(start, len(tokens)):
            depth += (texts[end] == "(") - (texts[end] == ")")
            if depth < 0 or (depth == 0 and texts[end] in {"LOOP", "DO"}):
                yield tokens[at + 1].text.lower(), tokens[start:end]
                break
