"""Table-level lineage from words alone, for text that no grammar reads or that is too big or deep to parse.

Owns guessing tables by the keyword before them. Its records say that they are inferred and incomplete.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp
from sqlglot.tokens import Token, TokenType

from indexer.enrich.sql.records import Place, StatementLineage, TableName
from indexer.enrich.sql.script import Chunk
from indexer.enrich.sql.session import Session
from indexer.enrich.sql.text import Texts

_READ_AFTER = frozenset({"FROM", "JOIN", "USING"})
_WRITTEN_AFTER = frozenset({"INTO", "UPDATE", "TABLE", "VIEW", "OVERWRITE"})
_FILLERS = frozenset({"IF", "NOT", "EXISTS", "ONLY", "TABLE", "LATERAL", "INTO"})
_NO_NAMES = frozenset({"SELECT", "VALUES", "SET", "WHERE", "ON", "AS", "UNNEST", "FLATTEN", "MATCHED", "DUPLICATE"})
_NAME = re.compile(
    r'(?:["`\[][^"`\]\n]{1,200}["`\]]|[\w#@$-]{1,200})(?:\.(?:["`\[][^"`\]\n]{1,200}["`\]]|[\w$-]{1,200})){0,3}'
)
_WORD = re.compile(r"\b(from|join|using|into|update|table|view|overwrite)\s+", re.IGNORECASE)
MAX_NAMES = 2000
"""More tables than this in one text are a list of data, not of tables."""


def by_tokens(sql: str, chunk: Chunk, session: Session, problem: str) -> StatementLineage:
    """Tables by the keyword before them, CTE names left out."""
    texts = Texts(sql, chunk.tokens)
    ctes = {
        t.text.lower() for t, after in zip(chunk.tokens, chunk.tokens[1:], strict=False) if after.text.upper() == "AS"
    }
    reads: dict[TableName, None] = {}
    writes: dict[TableName, None] = {}
    for keyword, parts in _named(chunk.tokens):
        if len(parts) == 1 and parts[0].text.lower() in ctes and keyword in _READ_AFTER:
            continue
        name = _resolved(session, [part.text for part in parts], [_quoted(part) for part in parts])
        (reads if keyword in _READ_AFTER else writes)[name] = None
    return _record(sql[chunk.start : chunk.end], texts.place(chunk.start, chunk.end), reads, writes, problem)


def by_words(sql: str, session: Session, problem: str) -> StatementLineage:
    """The same on plain text, for what cannot even be split into tokens or is too long to be."""
    reads: dict[TableName, None] = {}
    writes: dict[TableName, None] = {}
    for count, found in enumerate(_WORD.finditer(sql)):
        name = _NAME.match(sql, found.end())
        if count > MAX_NAMES:
            break
        if name is None or name[0].upper() in _NO_NAMES | _FILLERS:
            continue
        parts = [part.strip('"`[]') for part in re.split(r"\.(?=(?:[^\"`]*[\"`][^\"`]*[\"`])*[^\"`]*$)", name[0])]
        side = reads if found[1].upper() in _READ_AFTER else writes
        side[_resolved(session, parts, [False] * len(parts))] = None
    return _record(sql[:2000], Place(1, 1, 0, len(sql)), reads, writes, problem)


def _named(tokens: list[Token]) -> Iterator[tuple[str, list[Token]]]:
    for at, token in enumerate(tokens):
        word = token.text.upper()
        if (word not in _READ_AFTER and word not in _WRITTEN_AFTER) or token.token_type is TokenType.STRING:
            continue
        after = at + 1
        while after < len(tokens) and tokens[after].text.upper() in _FILLERS:
            after += 1
        parts: list[Token] = []
        while after < len(tokens) and _may_name(tokens[after]):
            parts.append(tokens[after])
            if after + 1 >= len(tokens) or tokens[after + 1].token_type is not TokenType.DOT or len(parts) == 4:
                break
            after += 2
        call = after + 1 < len(tokens) and tokens[after + 1].token_type is TokenType.L_PAREN
        if parts and not (call and word in _READ_AFTER):
            yield word, parts


def _may_name(token: Token) -> bool:
    if token.token_type is TokenType.IDENTIFIER:
        return True
    return token.text.upper() not in _NO_NAMES and bool(re.match(r"[\w#@]", token.text)) and not _is_literal(token)


def _is_literal(token: Token) -> bool:
    return token.token_type in {TokenType.STRING, TokenType.NUMBER}


def _quoted(token: Token) -> bool:
    return token.token_type is TokenType.IDENTIFIER


def _resolved(session: Session, parts: list[str], quoted: list[bool]) -> TableName:
    names = [exp.to_identifier(part, quoted=flag) for part, flag in zip(parts, quoted, strict=True)][-3:]
    table = exp.Table(this=names[-1])
    for key, name in zip(("db", "catalog"), reversed(names[:-1]), strict=False):
        table.set(key, name)
    name, _ = session.resolve(session.table_name(table))
    return name


def _record(
    text: str, place: Place, reads: dict[TableName, None], writes: dict[TableName, None], problem: str
) -> StatementLineage:
    return StatementLineage(
        kind="unparsed",
        text=text,
        place=place,
        in_tables=tuple(reads),
        out_tables=tuple(writes),
        complete=False,
        problems=(f"{problem}; tables were picked out by the words before them, columns were not followed",),
        basis="inferred",
    )
