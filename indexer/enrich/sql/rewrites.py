"""Statements that the grammar lacks, put into the words of ones that it has.

Owns the list of them. Works on tokens; where the order of words must change, positions in the script are kept.
"""

from __future__ import annotations

import re
from typing import Any

from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

from indexer.enrich.sql.script import STRINGS, is_body


def rewritten(tokens: list[Token], grammar: Any) -> tuple[list[Token], str | None]:
    """The tokens to parse instead; or, where that cannot be said in tokens, the SQL text to read instead.

    What a grammar knows only as a command it does not split into words; `grammar` is asked to do that here.
    """
    if len(tokens) == 2 and tokens[1].token_type is TokenType.STRING:
        return tokens, _command(tokens[0].text.upper(), tokens[1].text, grammar)
    tokens = _without_data_clause(tokens)
    words = [token.text.upper() for token in tokens[:3]] + ["", "", ""]
    if words[0] == "INSERT" and "DIRECTORY" in words + [token.text.upper() for token in tokens[3:4]]:
        return _directory(tokens), None
    if words[0] == "MERGE":
        return _merge(tokens), _merge_all(tokens)
    if words[0] in {"EXPORT", "IMPORT"} and words[1] == "TABLE":
        return tokens, _port(tokens)
    if words[0] == "APPLY" and words[1] == "CHANGES":
        return tokens, _apply_changes(tokens)
    if words[0] == "FROM":
        return _pipe(tokens), None
    if words[0] == "CREATE":
        return [token for token in tokens if token.text.upper() != "DEEP"], None
    if words[0] == "BULK" and words[1] == "INSERT":
        return tokens, _bulk(tokens)
    if words[0] == "REPLACE" and words[1] == "INTO":
        return [_like(tokens[0], TokenType.INSERT, "INSERT"), *tokens[1:]], None
    if words[0] in {"UPDATE", "UPD"}:
        return _output_names(_compound(_updated_query(_from_before_set(_without_top(tokens))))), None
    if words[0] in {"DELETE", "INSERT"}:
        return _output_names(_without_top(tokens)), None
    if words[0] in {"SELECT", "WITH", "SEL"}:
        return _pipe(_outfile(tokens)), None
    if words[0] == "ALTER" and words[1] == "TABLE":
        mutation = _mutation(tokens)
        if mutation is None and _top_level(tokens, "PARTITION") and _top_level(tokens, "FROM"):
            return tokens, _attached(tokens)
        return (mutation, None) if mutation else (tokens, _append(tokens))
    if words[0] == "LOAD" and words[1] == "DATA":
        return tokens, _load_infile(tokens)
    return tokens, _unload(tokens) if words[0] == "UNLOAD" else None


def _command(word: str, rest: str, grammar: Any) -> str | None:
    if word == "REPLACE":
        return f"INSERT {rest}"
    try:
        words = grammar.tokenize(f"{'X' if word == 'UNLOAD' else ''} {rest}")
    except SqlglotError:
        return None
    if word == "UNLOAD":
        return _unload(words)
    if word == "DO":
        quoted = re.match(r"^\s*(?:LANGUAGE\s+\w+\s+)?\$(\w*)\$(.*)\$\1\$", rest, re.DOTALL | re.IGNORECASE)
        return quoted[2] if quoted else None
    if word in {"EXECUTE", "EXEC"}:
        return next((t.text for t in words if t.token_type in STRINGS and is_body(t.text)), None)
    return None


def _like(token: Token, kind: TokenType, text: str) -> Token:
    return Token(kind, text, token.line, token.col, token.start, token.end)


def _without_data_clause(tokens: list[Token]) -> list[Token]:
    """Without a trailing WITH [NO] DATA: a view is filled later, a table made WITH NO DATA takes none."""
    words = [token.text.upper() for token in tokens[-3:]]
    if tokens[0].text.upper() == "CREATE" and words in (["WITH", "CHECK", "OPTION"], ["WITH", "READ", "ONLY"]):
        return tokens[:-3]
    if words[-1:] != ["DATA"] or tokens[0].text.upper() != "CREATE":
        return tokens
    if words[-2:] == ["WITH", "DATA"]:
        return tokens[:-2]
    if words != ["WITH", "NO", "DATA"]:
        return tokens
    empty = "VIEW" not in [token.text.upper() for token in tokens[:4]]
    return tokens[: _top_level(tokens, "AS") if empty else -3]


def _directory(tokens: list[Token]) -> list[Token]:
    """INSERT OVERWRITE DIRECTORY 'path' without the format clauses before its query (Hive, Spark)."""
    path = next((at for at, token in enumerate(tokens) if token.token_type is TokenType.STRING), None)
    starts = [at for word in ("WITH", "SELECT", "FROM") for at in [_top_level(tokens, word)] if at is not None]
    if path is None or not starts or min(starts) < path:
        return tokens
    return tokens[: path + 1] + tokens[min(starts) :]


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
    text = str(token.text)
    if token.token_type is TokenType.STRING:
        return "'" + text.replace("'", "''") + "'"
    return '"' + text.replace('"', '""') + '"' if token.token_type is TokenType.IDENTIFIER else text


def _append(tokens: list[Token]) -> str | None:
    """ALTER TABLE t APPEND FROM s (Redshift): the rows of s move into t, by column name."""
    at = _top_level(tokens, "APPEND")
    if at is None or at + 2 >= len(tokens) or tokens[at + 1].text.upper() != "FROM":
        return None
    target = "".join(_written(token) for token in tokens[2:at])
    source = "".join(_written(token) for token in tokens[at + 2 :])
    return f"INSERT INTO {target} BY NAME SELECT * FROM {source}"


def _load_infile(tokens: list[Token]) -> str | None:
    """LOAD DATA [LOCAL] INFILE 'path' ... INTO TABLE t (MySQL)."""
    infile, into = _top_level(tokens, "INFILE"), _top_level(tokens, "TABLE")
    if infile is None or into is None or into + 1 >= len(tokens) or infile + 1 >= len(tokens):
        return None
    name = [_written(tokens[into + 1])]
    if into + 3 < len(tokens) and tokens[into + 2].token_type is TokenType.DOT:
        name.append(_written(tokens[into + 3]))
    return f"COPY {'.'.join(name)} FROM {_written(tokens[infile + 1])}"


def _bulk(tokens: list[Token]) -> str | None:
    """BULK INSERT t FROM 'path' (T-SQL)."""
    source = _top_level(tokens, "FROM")
    if source is None or source + 1 >= len(tokens):
        return None
    return f"COPY {''.join(_written(token) for token in tokens[2:source])} FROM {_written(tokens[source + 1])}"


def _merge(tokens: list[Token]) -> list[Token]:
    """Without WITH SCHEMA EVOLUTION (Databricks) and the DELETE WHERE of an update branch (Oracle)."""
    result: list[Token] = []
    skipping = False
    for at, token in enumerate(tokens):
        word = token.text.upper()
        after = tokens[at + 1].text.upper() if at + 1 < len(tokens) else ""
        if word == "DELETE" and after == "WHERE":
            skipping = True
        elif word == "WHEN":
            skipping = False
        if not skipping:
            result.append(token)
    if [token.text.upper() for token in result[1:4]] == ["WITH", "SCHEMA", "EVOLUTION"]:
        del result[1:4]
    return _output_names(result)


def _output_names(tokens: list[Token]) -> list[Token]:
    """OUTPUT ... INTO schema.table (T-SQL) with its dotted name as one word, which is how far the grammar goes."""
    output = _top_level(tokens, "OUTPUT")
    into = next((at for at in range(output or 0, len(tokens)) if tokens[at].text.upper() == "INTO"), None)
    if output is None or into is None or into + 1 >= len(tokens):
        return tokens
    end = into + 2
    while end + 1 < len(tokens) and tokens[end].token_type is TokenType.DOT:
        end += 2
    if end == into + 2:
        return tokens
    name = "".join(token.text for token in tokens[into + 1 : end])
    return [*tokens[: into + 1], _like(tokens[into + 1], TokenType.VAR, name), *tokens[end:]]


def _updated_query(tokens: list[Token]) -> list[Token]:
    """UPDATE (query) SET ... (Oracle) as WITH changed AS (query) UPDATE changed SET ..."""
    assigned = _top_level(tokens, "SET")
    if assigned is None or len(tokens) < 3 or tokens[1].token_type is not TokenType.L_PAREN:
        return tokens
    last = max(at for at in range(assigned) if tokens[at].token_type is TokenType.R_PAREN)
    name = tokens[last + 1] if last + 1 < assigned else _like(tokens[1], TokenType.VAR, "changed_rows")
    begin = [_like(tokens[0], TokenType.WITH, "WITH"), name, _like(tokens[0], TokenType.ALIAS, "AS")]
    return [*begin, *tokens[1 : last + 1], tokens[0], name, *tokens[assigned:]]


def _outfile(tokens: list[Token]) -> list[Token]:
    """SELECT ... INTO OUTFILE 'path' options FROM ... (MySQL) as COPY (SELECT ... FROM ...) TO 'path'."""
    if not any(token.token_type is TokenType.INTO for token in tokens):
        return tokens
    into = _top_level(tokens, "INTO")
    if into is None or into + 2 >= len(tokens) or tokens[into + 1].text.upper() not in {"OUTFILE", "DUMPFILE"}:
        return tokens
    path = tokens[into + 2]
    goes_on = next((at for at in range(into + 3, len(tokens)) if tokens[at].text.upper() == "FROM"), len(tokens))
    query = [*tokens[:into], *tokens[goes_on:]]
    opening = [_like(tokens[0], TokenType.COPY, "COPY"), _like(tokens[0], TokenType.L_PAREN, "(")]
    closing = [_like(tokens[-1], TokenType.R_PAREN, ")"), _like(path, TokenType.VAR, "TO"), path]
    return [*opening, *query, *closing]


def _mutation(tokens: list[Token]) -> list[Token] | None:
    """ALTER TABLE t UPDATE a = x WHERE ..., ALTER TABLE t DELETE WHERE ... (ClickHouse) as what they do."""
    verb = next((at for at in range(3, len(tokens)) if tokens[at].text.upper() in {"UPDATE", "DELETE"}), None)
    if verb is None or verb > 8 or _top_level(tokens, "WHERE") is None:
        return None
    table = [
        token for token in tokens[2:verb] if token.token_type in {TokenType.DOT, TokenType.VAR, TokenType.IDENTIFIER}
    ]
    if tokens[verb].text.upper() == "DELETE":
        return [tokens[verb], _like(tokens[verb], TokenType.FROM, "FROM"), *table, *tokens[verb + 1 :]]
    return [tokens[verb], *table, _like(tokens[verb], TokenType.SET, "SET"), *tokens[verb + 1 :]]


def _merge_all(tokens: list[Token]) -> str | None:
    """MERGE INTO t USING s ON ... REMOVE DUPLICATES (Redshift): all columns of s into t."""
    if [token.text.upper() for token in tokens[-2:]] != ["REMOVE", "DUPLICATES"]:
        return None
    into, using, on = (_top_level(tokens, word) for word in ("INTO", "USING", "ON"))
    if into is None or using is None or on is None:
        return None
    target, source = _spaced(tokens[into + 1 : using]), _spaced(tokens[using + 1 : on])
    return f"INSERT INTO {target.split(' ')[0]} SELECT * FROM {source}"


def _spaced(tokens: list[Token]) -> str:
    """Tokens as text, a dot without blanks around it."""
    return " ".join(_written(token) for token in tokens).replace(" . ", ".")


def _port(tokens: list[Token]) -> str | None:
    """EXPORT TABLE t TO 'path', IMPORT TABLE t FROM 'path' (Hive)."""
    word = "TO" if tokens[0].text.upper() == "EXPORT" else "FROM"
    at = _top_level(tokens, word)
    if at is None or at + 1 >= len(tokens):
        return None
    end = next((n for n in range(2, at) if tokens[n].text.upper() == "PARTITION"), at)
    return f"COPY {_spaced(tokens[2:end])} {word} {_written(tokens[at + 1])}"


def _apply_changes(tokens: list[Token]) -> str | None:
    """APPLY CHANGES INTO t FROM STREAM(s) ... (Databricks): the columns of s, by name."""
    into, source, keys = (_top_level(tokens, word) for word in ("INTO", "FROM", "KEYS"))
    if into is None or source is None or keys is None:
        return None
    return (
        f"INSERT INTO {_spaced(tokens[into + 1 : source])} BY NAME SELECT * FROM {_spaced(tokens[source + 1 : keys])}"
    )


def _attached(tokens: list[Token]) -> str | None:
    """ALTER TABLE t ATTACH | REPLACE PARTITION p FROM s (ClickHouse): rows of s, by name."""
    verb = next((at for at in range(3, len(tokens)) if tokens[at].text.upper() in {"ATTACH", "REPLACE"}), None)
    source = _top_level(tokens, "FROM")
    if verb is None or source is None:
        return None
    return f"INSERT INTO {_spaced(tokens[2:verb])} BY NAME SELECT * FROM {_spaced(tokens[source + 1 :])}"


def _without_top(tokens: list[Token]) -> list[Token]:
    """UPDATE TOP (n) t, DELETE TOP (n) FROM t, INSERT TOP (n) INTO t (T-SQL) without the limit."""
    if len(tokens) < 5 or tokens[1].text.upper() != "TOP" or tokens[2].token_type is not TokenType.L_PAREN:
        return tokens
    end = next((at for at in range(3, len(tokens)) if tokens[at].token_type is TokenType.R_PAREN), 1)
    rest = tokens[end + 1 :]
    return [tokens[0], *(rest[1:] if rest and rest[0].text.upper() == "PERCENT" else rest)]


def _compound(tokens: list[Token]) -> list[Token]:
    """SET a += x (T-SQL) as SET a = a + x."""
    result: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        after = tokens[at + 1] if at + 1 < len(tokens) else token
        touching = after.token_type is TokenType.EQ and token.end + 1 == after.start
        if touching and token.text in {"+", "-", "*", "/", "%", "&", "|", "^"} and result:
            start = len(result) - 1
            while start > 1 and result[start - 1].token_type is TokenType.DOT:
                start -= 2
            result += [after, *result[start:], token]
            at += 2
        else:
            result.append(token)
            at += 1
    return result


def _pipe(tokens: list[Token]) -> list[Token]:
    """BigQuery's pipe steps SET, DROP, RENAME and DISTINCT as SELECT * REPLACE, EXCEPT, RENAME and DISTINCT *."""
    if not any(token.token_type is TokenType.PIPE_GT for token in tokens):
        return tokens
    steps: list[list[Token]] = [[]]
    for token in tokens:
        if token.token_type is TokenType.PIPE_GT:
            steps.append([])
        steps[-1].append(token)
    return [token for step in steps for token in _step(step)]


def _step(step: list[Token]) -> list[Token]:
    word = step[1].text.upper() if len(step) > 1 and step[0].token_type is TokenType.PIPE_GT else ""
    if word not in {"SET", "DROP", "RENAME", "DISTINCT"}:
        return step
    mark = step[1]
    star = [_like(mark, TokenType.SELECT, "SELECT"), _like(mark, TokenType.STAR, "*")]
    if word == "DISTINCT":
        return [step[0], star[0], mark, star[1]]
    opening, closing = _like(mark, TokenType.L_PAREN, "("), _like(step[-1], TokenType.R_PAREN, ")")
    option = {"SET": TokenType.REPLACE, "DROP": TokenType.EXCEPT, "RENAME": TokenType.RENAME}[word]
    inside = _assigned(step[2:]) if word == "SET" else step[2:]
    text = {"SET": "REPLACE", "DROP": "EXCEPT", "RENAME": "RENAME"}[word]
    return [step[0], *star, _like(mark, option, text), opening, *inside, closing]


def _assigned(tokens: list[Token]) -> list[Token]:
    """`a = x, b = y` as `x AS a, y AS b`."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.token_type is TokenType.L_PAREN) - (token.token_type is TokenType.R_PAREN)
        if depth == 0 and token.token_type is TokenType.COMMA:
            parts.append([])
        else:
            parts[-1].append(token)
    result: list[Token] = []
    for part in parts:
        if len(part) > 2:
            comma = [_like(part[0], TokenType.COMMA, ",")] if result else []
            result += [*comma, *part[2:], _like(part[1], TokenType.ALIAS, "AS"), part[0]]
    return result
