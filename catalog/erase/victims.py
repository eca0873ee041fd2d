"""What is to be erased: finding it by name, and gathering every string by which it is known. Reads only.

A person is found under every URN that bears the same e-mail address. Names in other records are taken out only where
they can mean nothing else: a person's full name, an identifier that no other asset bears.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import Connection, func, or_, select, union

from catalog import tables
from catalog.aspects import Person
from catalog.erase.marks import Names, words_of
from catalog.erase.records import is_erased
from catalog.errors import BadInput, NotFound
from catalog.urn import PREFIX, column_parts, name_of, parse

_LEAST = 5  # characters of a single word that may count as an identifier: "t_1" is too short to mean one thing
_TEXT_LEAST = 10  # characters of a text worth looking for in files


@dataclass(frozen=True)
class Victim:
    """One thing to erase. `urns`: all its URNs. `texts`: what else its own records say, to look for in files."""

    kind: str  # person, asset, column, answer, conversation
    key: str  # its URN, or the id of the answer or conversation
    names: Names = field(default_factory=Names)
    texts: frozenset[str] = frozenset()

    @property
    def urns(self) -> frozenset[str]:
        return self.names.urns

    def strings(self) -> set[str]:
        """Every string that identifies it and is long enough to be looked for in bytes."""
        held = self.names
        columns = {name for _, name in held.columns if is_identifier(name)}
        ids = {one for one in held.ids if is_identifier(one)}
        return {s for s in (*held.urns, *held.people, *held.identifiers, *ids, *columns) if len(s) >= _LEAST}


def is_identifier(text: str) -> bool:
    """Whether a text is a name that ordinary language has not: dotted, with an underscore or with a digit."""
    if not text or any(char.isspace() for char in text):
        return False
    return len(text) >= _LEAST and (len(words_of(text)) > 1 or "_" in text or any(char.isdigit() for char in text))


def find_victims(connection: Connection, names: Iterable[str]) -> list[Victim]:
    """What several names mean (find_victim)."""
    census = Census(connection)
    return [find_victim(connection, name, census) for name in dict.fromkeys(names)]


def find_victim(connection: Connection, name: str, census: Census | None = None) -> Victim:
    """What a URN, name, e-mail address, `answer:ID` or `conversation:ID` means. Raises NotFound, BadInput."""
    census = census or Census(connection)
    kind, colon, ident = name.partition(":")
    if colon and kind in ("answer", "conversation"):
        return _find_answers(connection, kind, ident)
    urn = name if name.startswith(PREFIX) else _urn_of(census, name)
    entity = parse(urn).entity
    if entity == "schemaField":
        return _column(census, urn)
    return _person(census, urn) if entity == "corpuser" else _asset(census, urn)


def _find_answers(connection: Connection, kind: str, ident: str) -> Victim:
    column = tables.answers.c.answer_id if kind == "answer" else tables.answers.c.conversation
    asked = (
        connection.execute(select(tables.answers.c.question).where(column == ident)).scalars().all() if ident else ()
    )
    if not asked:
        raise NotFound(f"There is no {kind} '{ident}'. Take its id from 'docent ask --json'.")
    return Victim(kind, ident, texts=frozenset(text for text in asked if text and len(text) >= _TEXT_LEAST))


def _urn_of(census: Census, name: str) -> str:
    c = tables.assets.c
    low = name.strip().lower()
    person = f"{PREFIX}corpuser:{low}"
    query = select(c.urn).where(or_(func.lower(c.name) == low, func.lower(c.qualified_name) == low, c.urn == person))
    found = set(census.connection.execute(query).scalars())
    if "@" in low:
        found |= {urn for urn, value in census.people if low in (value.email.lower(), name_of(urn).lower())}
    if not found:
        raise NotFound(f"Nothing is called '{name}'. Give its URN, full name, e-mail address, or 'answer:ID'.")
    if len(found) > 1:
        raise BadInput(f"'{name}' may mean {', '.join(sorted(found))}. Give the URN of the one to erase.")
    return str(found.pop())


class Census:
    """What everybody and everything is called, over all versions. Read once, for however many are to be erased."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @cached_property
    def people(self) -> list[tuple[str, Person]]:
        """Every person any source ever described."""
        found = []
        for urn, body in _bodies(self.connection, tables.history.c.aspect == Person.NAME):
            full_name, email, slack = (str(body.get(key, "")) for key in ("full_name", "email", "slack"))
            found.append((urn, Person(full_name=full_name, email=email, slack=slack)))
        return found

    @cached_property
    def _bearers(self) -> dict[str, set[str]]:
        """Who bears each name, in small letters: assets by their names, tables by their columns'."""
        bearers: dict[str, set[str]] = defaultdict(set)
        c = tables.assets.c
        for urn, name, qualified in self.connection.execute(select(c.urn, c.name, c.qualified_name)):
            for one in (name, qualified, qualified.rpartition(".")[2]):
                bearers[one.casefold()].add(urn)
        for urn, body in _bodies(self.connection, tables.history.c.aspect == "schema"):
            for column in _dicts(body.get("columns")):
                bearers[str(column.get("name", "")).casefold()].add(urn)
        return bearers

    def own(self, names: set[str], urn: str) -> set[str]:
        """Those of the names that no other asset bears."""
        return {name for name in names if all(urn in one for one in self._bearers.get(name.casefold(), ()))}


def _bodies(connection: Connection, where: object) -> Iterator[tuple[str, dict[str, object]]]:
    h, c = tables.history.c, tables.contents.c
    query = select(h.urn, c.json).join(tables.contents, c.digest == h.digest).where(where, c.json.is_not(None))  # type: ignore[arg-type]
    for urn, text in connection.execute(query.distinct()):
        body = json.loads(text)
        if isinstance(body, dict):
            yield urn, body


def _person(census: Census, urn: str) -> Victim:
    said: dict[str, list[Person]] = defaultdict(list)
    for one, value in census.people:
        said[one].append(value)
    ident = name_of(urn)
    emails = {p.email.lower() for p in said[urn] if p.email} | ({ident.lower()} if "@" in ident else set())
    urns = {urn} | {u for u, held in said.items() if emails & {name_of(u).lower(), *(p.email.lower() for p in held)}}
    held = [person for one in urns for person in said[one]]
    ids = {name_of(one) for one in urns}
    emails |= {person.email.lower() for person in held if person.email}
    full = {p.full_name for p in held if len(words_of(p.full_name)) > 1}
    handles = {p.slack for p in held if is_identifier(p.slack)}
    others = {p.full_name.casefold() for one, ps in said.items() if one not in urns for p in ps}
    people = {name for name in full if name.casefold() not in others}
    identifiers = {one for one in ids | emails | handles if is_identifier(one)}
    names = Names(
        frozenset(urns), frozenset(ids | emails | full), people=frozenset(people), identifiers=frozenset(identifiers)
    )
    return _known(census.connection, Victim("person", urn, names))


def _asset(census: Census, urn: str) -> Victim:
    connection = census.connection
    called = {name_of(urn)}
    columns: set[str] = set()
    for _, body in _bodies(connection, tables.history.c.urn == urn):
        called |= {str(body[key]) for key in ("name", "qualified_name") if body.get(key)}
        columns |= {str(column["name"]) for column in _dicts(body.get("columns")) if column.get("name")}
    called |= {name.rpartition(".")[2] for name in list(called) if parse(urn).entity == "dataset"}
    own = {name for name in called | columns if is_identifier(name)}
    names = Names(frozenset((urn,)), identifiers=frozenset(census.own(own, urn)))
    return _known(connection, Victim("asset", urn, names))


def _column(census: Census, urn: str) -> Victim:
    connection = census.connection
    parent, name = column_parts(urn)
    own = {name} if is_identifier(name) else set()
    names = Names(
        frozenset((urn,)),
        columns=frozenset(((parent, name),)),
        identifiers=frozenset(census.own(own, parent)),
    )
    found = _known(connection, Victim("column", urn, names))
    texts = set(found.texts)
    for _, body in _bodies(connection, tables.history.c.urn == parent):
        for column in _dicts(body.get("columns")):
            if str(column.get("name", "")).casefold() == name.casefold():
                texts |= set(strings_in(column))
    return Victim("column", urn, names, frozenset(t for t in texts if len(t) >= _TEXT_LEAST))


def _known(connection: Connection, victim: Victim) -> Victim:
    """The victim, once some record speaks of it; with the texts of its own records. Raises NotFound."""
    h = tables.history.c
    texts: set[str] = set()
    for urn in victim.urns:
        for _, body in _bodies(connection, h.urn == urn):
            texts |= set(strings_in(body))
    if not texts and not _is_named(connection, victim) and not is_erased(connection, victim.key):
        raise NotFound(f"Nothing in this catalog speaks of '{victim.key}'. Check the spelling of the URN.")
    return Victim(victim.kind, victim.key, victim.names, frozenset(t for t in texts if len(t) >= _TEXT_LEAST))


def _is_named(connection: Connection, victim: Victim) -> bool:
    """Whether some record names it: an owner nobody described, an upstream nobody read, a column of a table."""
    contents, history = tables.contents.c, tables.history.c
    for urn in victim.urns:
        quoted = json.dumps(urn, ensure_ascii=False)[1:-1]
        queries = [
            select(history.urn).where(history.urn == urn),
            select(contents.digest).where(contents.json.contains(quoted)),
        ]
        queries.append(select(tables.answers.c.answer_id).where(tables.answers.c.viewer == urn))
        if connection.execute(union(*queries).limit(1)).first():
            return True
    return any(
        str(column.get("name", "")).casefold() == name.casefold()
        for parent, name in victim.names.columns
        for _, body in _bodies(connection, history.urn == parent)
        for column in _dicts(body.get("columns"))
    )


def _dicts(items: object) -> Iterable[dict[str, object]]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else ()


def strings_in(value: object) -> Iterator[str]:
    """Every text in a JSON value, whole."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings_in(item)
