"""Statements that the grammar lacks, put into the words of ones that it has.

Owns the list of them. Works on tokens; where the order of words must change, positions in the script are kept.
"""

from __future__ import annotations

from sqlglot.tokens import Token, TokenType


def rewritten(tokens: list[Token]) -> tuple[list[Token], str | None]:
    """The tokens to parse instead; or, where that cannot be said in tokens, the SQL text to read instead."""
    words = [token.text.upper() for token in tokens[:3]] + ["", "", ""]
    if words[0] == "REPLACE" and words[1] == "INTO":
        return [_like(tokens[0], TokenType.INSERT, "INSERT"), *tokens[1:]], None
    if words[0] in {"UPDATE", "UPD"}:
        return _from_before_set(tokens), None
    if words[0] == "UNLOAD":
        return tokens, _unload(tokens)
    if words[0] == "ALTER" and words[1] == "TABLE":
        return tokens, _append(tokens)
    if words[0] == "LOAD" and words[1] == "DATA":
        return tokens, _load_infile(tokens)
    return tokens, None


def _like(token: Token, kind: TokenType, text: str) -> Token:
    return Token(kind, text, token.line, token.col, token.start, token.end)


def _from_before_set(tokens: list[Token]) -> list[Token]:
    """Teradata's UPDATE t FROM s SET ... WHERE, in the order UPDATE t SET ... FROM s WHERE."""
    at = {word: index for word in ("WHERE", "SET", "FROM") for index in [_top_level(tokens, word)] if index is not None}
    if "FROM" not in at or "SET" not in at or at["FROM"] > at["SET"]:
        return tokens
    where = at.get("WHERE", len(tokens))
    return tokens[: at["FROM"]] + tokens[at["SET"] : where] + tokens[at["FROM"] : at["SET"]] + tokens[where:]


def _top_level(tokens: list[Token], word: str) -> int | None:
    depth = 0
    for index, token in enumerate(tokens):
        depth += (token.token_type is TokenType.L_PAREN) - (token.token_type is TokenType.R_PAREN)
        if depth == 0 and token.text.upper() == word and token.token_type is not TokenType.STRING:
            return index
    return None


def _unload(tokens: list[Token]) -> str | None:
    """UNLOAD ('query' | query) TO 'path' (Redshift, Athena)."""
    to = _top_level(tokens, "TO")
    if to is None or to + 1 >= len(tokens) or to < 3:
        return None
    inside = tokens[2 : to - 1]
    if len(inside) == 1 and inside[0].token_type is TokenType.STRING:
        query = inside[0].text
    else:
        query = " ".join(_written(token) for token in inside)
    return f"COPY ({query}) TO {_written(tokens[to + 1])}"


def _written(token: Token) -> str:
    if token.token_type is TokenType.STRING:
        return "'" + token.text.replace("'", "''") + "'"
    if token.token_type is TokenType.IDENTIFIER:
        return '"' + token.text.replace('"', '""') + '"'
    return token.text


def _append(tokens: list[Token]) -> str | None:
    """ALTER TABLE t APPEND FROM s (Redshift): the rows of s move into t, by column name."""
    at = _top_level(tokens, "APPEND")
    if at is None or at + 2 >= len(tokens) or tokens[at + 1].text.upper() != "FROM":
        return None
    target = "".join(_written(token) for token in tokens[2:at])
    source = "".join(_written(token) for token in tokens[at + 2 :])
    return f"INSERT INTO {target} SELECT * FROM {source}"


def _load_infile(tokens: list[Token]) -> str | None:
    """LOAD DATA [LOCAL] INFILE 'path' ... INTO TABLE t (MySQL)."""
    infile, into = _top_level(tokens, "INFILE"), _top_level(tokens, "TABLE")
    if infile is None or into is None or into + 1 >= len(tokens) or infile + 1 >= len(tokens):
        return None
    name = [_written(tokens[into + 1])]
    if into + 3 < len(tokens) and tokens[into + 2].token_type is TokenType.DOT:
        name.append(_written(tokens[into + 3]))
    return f"COPY {'.'.join(name)} FROM {_written(tokens[infile + 1])}"
