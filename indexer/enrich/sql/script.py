"""A script cut into statements, and what can be saved of statements that no grammar reads as a whole.

Owns cutting, on tokens only. It knows where statements may begin inside procedures and blocks; it parses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlglot.tokens import Token, TokenType

from indexer.enrich.sql.words import words

_DELIMITER = re.compile(r"^[ \t]*delimiter[ \t]+(\S+)[ \t]*$", re.IGNORECASE | re.MULTILINE)
_STARTS = words("SELECT WITH INSERT UPDATE DELETE MERGE CREATE COPY TRUNCATE DROP REPLACE SEL INS UPD DEL")
_BEFORE = words("BEGIN THEN ELSE LOOP DO AS IS RETURN REPEAT TRY CATCH QUERY ATOMIC USING ALSO INSTEAD ROW STATEMENT")
_CONTINUES = words("UNION ALL EXCEPT INTERSECT MINUS DISTINCT INTO EXPLAIN FOR ON OR BEFORE AFTER OF")
_ROUTINES = words(
    "RULE PROCEDURE PROC FUNCTION TRIGGER TASK PIPE EVENT PACKAGE MACRO SCHEDULED STREAM STAGE SEQUENCE ROLE USER "
    "WAREHOUSE FORMAT TAG POLICY INTEGRATION INDEX TYPE SERVER EXTENSION"
)
"""Kinds of object that hold statements, or that are no tables at all."""
_BLOCK_WORDS = words(
    "DO BEGIN END DECLARE IF ELSE ELSEIF ELSIF LOOP WHILE FOR REPEAT RETURN CALL EXEC EXECUTE LET OPEN CLOSE FETCH "
    "RAISE EXCEPTION GO PRINT LEAVE ITERATE PERFORM NULL USE SET CASE COMMIT ROLLBACK GRANT REVOKE ANALYZE VACUUM "
    "EXPLAIN REFRESH MSCK OPTIMIZE SHOW DESCRIBE DESC COMMENT START LOCK UNLOCK KILL PUT GET LIST REMOVE UNSET "
    "SAVE RAISERROR THROW WAITFOR COLLECT LOCKING CACHE UNCACHE CLEAR ADD PRAGMA ATTACH DETACH INSTALL LOAD RESET "
    "DELIMITER"
)
ROWS = words("new old inserted deleted new_table old_table")
"""What the bodies of triggers call the changed rows."""

_STOPS = words(
    "IF WHILE DECLARE EXEC EXECUTE PRINT RETURN BEGIN COMMIT ROLLBACK RAISERROR THROW FETCH OPEN CLOSE GOTO GO"
)
"""At the beginning of a line these end a statement that no semicolon ends (T-SQL)."""

STRINGS = frozenset((TokenType.STRING, TokenType.RAW_STRING, TokenType.HEREDOC_STRING, TokenType.NATIONAL_STRING))
_SQL_BODY = re.compile(r"^\s*(declare|begin|select|with|insert|update|delete|merge|create|copy|truncate)\b", re.I)

_IMMEDIATE = re.compile(r"^\s*immediate\s+'((?:[^']|'')*)'", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Chunk:
    """One statement: its tokens, and its offsets [start, end) in the script."""

    tokens: list[Token]
    start: int
    end: int


@dataclass(slots=True)
class Inner:
    """What stands inside a statement: further statements, string bodies to be split anew; `procedural`: the rest moves
    no data, so that finding nothing is no loss."""

    chunks: list[Chunk] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    procedural: bool = False


def split(sql: str, grammar: Any) -> list[Chunk]:
    """The statements of a script, without empty ones. Raises sqlglot's TokenError for an unclosed string."""
    sql = _without_delimiters(sql)
    chunks: list[Chunk] = []
    current: list[Token] = []
    tokens = grammar.tokenize(sql)
    for at, token in enumerate(tokens):
        if token.token_type is TokenType.SEMICOLON or _is_separator(tokens, at):
            if current:
                chunks.append(_chunk(current))
            current = []
        else:
            current.append(token)
    if current:
        chunks.append(_chunk(current))
    return chunks


def is_routine(chunk: Chunk) -> bool:
    """True for CREATE PROCEDURE, FUNCTION, TRIGGER, TASK and the like: code that holds statements."""
    head = [token.text.upper() for token in chunk.tokens[:7]]
    if not head or head[0] not in {"CREATE", "ALTER"}:
        return False
    for at, word in enumerate(head[1:], 1):
        if word in _ROUTINES and chunk.tokens[at].token_type is not TokenType.STRING:
            return True
        if word in {"TABLE", "VIEW", "AS", "SCHEMA", "INDEX"}:
            return False
    return False


@dataclass(frozen=True, slots=True)
class Watched:
    """The table a trigger or rule watches, by the parts of its name, and what its body calls the changed rows."""

    table: tuple[str, ...]
    rows: frozenset[str]


def watched(chunk: Chunk, before: Watched | None) -> Watched | None:
    """The table whose rows are NEW and OLD in this chunk: set by CREATE TRIGGER or RULE, kept until its END."""
    first = chunk.tokens[0].text.upper()
    if first not in {"CREATE", "END", "ALTER", "DROP"}:
        return before
    texts = [token.text.upper() for token in chunk.tokens]
    if first == "CREATE" and ("TRIGGER" in texts[:8] or "RULE" in texts[:8]):
        at = texts.index("TO" if "RULE" in texts[:8] and "TO" in texts else "ON") if "ON" in texts else len(texts)
        name: list[str] = []
        while at + 1 < len(texts) and (not name or texts[at] == "."):
            name.append(chunk.tokens[at + 1].text)
            at += 2
        return Watched(tuple(name), ROWS | _referenced(texts)) if name else None
    return None


def _referenced(texts: list[str]) -> frozenset[str]:
    """The names that REFERENCING NEW [ROW | TABLE] AS n gives."""
    names = set()
    for at, word in enumerate(texts[:-1]):
        if word in {"NEW", "OLD"} and "REFERENCING" in texts[:at]:
            rest = [text for text in texts[at + 1 : at + 4] if text not in {"ROW", "TABLE", "AS"}]
            names |= {rest[0].lower()} if rest else set()
    return frozenset(names)


def inner_statements(sql: str, chunk: Chunk) -> Inner:
    """The statements inside a chunk that could not be read as one."""
    tokens = chunk.tokens
    inner = Inner(procedural=is_routine(chunk) or tokens[0].text.upper() in _BLOCK_WORDS)
    cuts = list(_cuts(sql, tokens))
    ends = [*(abs(cut) for cut in cuts[1:]), len(tokens)][: len(cuts)]
    pieces = [_trimmed(tokens[start:end]) for start, end in zip(cuts, ends, strict=True) if start >= 0]
    if pieces and len(pieces[0]) < len(tokens):
        inner.chunks = [_chunk(piece) for piece in pieces if piece]
    if not inner.chunks and inner.procedural:
        texts = [_dynamic(token.text) for token in tokens if token.token_type in STRINGS]
        inner.bodies = [text for text in texts if is_body(text)]
    return inner


def _dynamic(text: str) -> str:
    """The statement in `IMMEDIATE '...'`, which the grammars keep as one string after EXECUTE; else the text."""
    found = _IMMEDIATE.match(text)
    return found[1].replace("''", "'") if found else text


def is_body(text: str) -> bool:
    """True when the text of a string literal looks like statements."""
    return bool(_SQL_BODY.match(text)) and len(text) > 12


def _chunk(tokens: list[Token]) -> Chunk:
    return Chunk(tokens, tokens[0].start, tokens[-1].end + 1)


def _without_delimiters(sql: str) -> str:
    """MySQL's client command DELIMITER, and the delimiters it sets, made ordinary semicolons of the same length."""
    if not _DELIMITER.search(sql):
        return sql
    for mark in {found[1] for found in _DELIMITER.finditer(sql)} - {";"}:
        sql = sql.replace(mark, ";".ljust(len(mark)))
    return _DELIMITER.sub(lambda found: " " * len(found[0]), sql)


def _is_separator(tokens: list[Token], at: int) -> bool:
    """GO (T-SQL) and / (Oracle), alone on their line."""
    token = tokens[at]
    if token.text.upper() not in {"GO", "/"} or token.token_type is TokenType.STRING:
        return False
    alone_before = at == 0 or tokens[at - 1].line < token.line
    return alone_before and (at + 1 == len(tokens) or tokens[at + 1].line > token.line)


def _cuts(sql: str, tokens: list[Token]) -> Iterator[int]:
    """Indexes at which statements begin, outside brackets; negative ones where only the last one ends."""
    depth = 0
    head = ""
    settled = True
    for at, token in enumerate(tokens):
        kind = token.token_type
        if kind is TokenType.L_PAREN:
            depth += 1
        elif kind is TokenType.R_PAREN:
            depth -= 1
        word = token.text.upper()
        if depth or kind in STRINGS or kind is TokenType.IDENTIFIER:
            continue
        if word in _STOPS and head and _starts_line(sql, tokens, at):
            head, settled = "", True
            yield -at
        if word not in _STARTS:
            continue
        before = tokens[at - 1].text.upper() if at else ""
        fresh = at == 0 or before in _BEFORE or _starts_line(sql, tokens, at)
        if not fresh or before in _CONTINUES or (before == "AS" and head == "CREATE" and not _routine_head(tokens)):
            settled = settled or word in {"SELECT", "SEL", "INSERT", "UPDATE", "DELETE", "MERGE"}
            continue
        if _belongs(head, word, before, settled):
            settled = True
            continue
        if word == "CREATE" and at == 0 and _routine_head(tokens):
            continue
        head, settled = word, word in {"SELECT", "SEL", "UPDATE", "DELETE"}
        yield at


def _routine_head(tokens: list[Token]) -> bool:
    return is_routine(Chunk(tokens, 0, 0))


def _belongs(head: str, word: str, before: str, settled: bool) -> bool:
    """True when a word that could begin a statement goes on with the one before it."""
    if head == "MERGE" and word in {"INSERT", "UPDATE", "DELETE"} and before == "THEN":
        return True
    if head in {"INSERT", "REPLACE"} and word == "UPDATE" and before in {"DO", "KEY"}:
        return True
    return not settled and head in {"INSERT", "WITH", "CREATE", "REPLACE", "COPY"} and word not in {"CREATE", "DROP"}


def _starts_line(sql: str, tokens: list[Token], at: int) -> bool:
    return "\n" in sql[tokens[at - 1].end + 1 : tokens[at].start]


def _trimmed(tokens: list[Token]) -> list[Token]:
    """Without the END, END IF, EXCEPTION and the like that close the block around."""
    words = [token.text.upper() for token in tokens]
    while words and words[-1] in {"END", "LOOP", "IF", "ELSE", "BEGIN", "TRY", "CATCH", "GO"}:
        if words[-1] == "END" and words.count("CASE") >= words.count("END"):
            break
        words.pop()
    return tokens[: len(words)]
