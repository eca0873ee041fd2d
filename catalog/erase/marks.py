"""Marks: recognising erased URNs, names and addresses without keeping them. Pure functions and records; no store.

A mark is a keyed hash (BLAKE2b, 128 bits, a random key for each catalog). Whoever holds the catalog can test a guess
against a mark and can read nothing out of it. Names are marked as sequences of words, so that running text is searched
for them: an identifier may be quoted and dotted (`"shop"."hr"."pay"`), a person's name may be broken over lines.
"""

from __future__ import annotations

import json
import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

from catalog.urn import PREFIX, column, column_parts

_WORD = re.compile(r"\w+")
_SPACE = re.compile(r"\s")
_MAX_GAP = 3  # characters between two parts of an identifier: "."
_BETWEEN = "\x1f"
MAX_WORDS = 12


@dataclass(frozen=True)
class Marks:
    """What recognises one erased thing: marks of its URNs, short ids, columns (with their asset) and names."""

    urns: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    firsts: frozenset[str] = frozenset()  # of the first word of each name: most words are ruled out by these
    lengths: tuple[int, ...] = ()

    def to_json(self) -> str:
        """The form in which marks are stored."""
        sets = {key: sorted(getattr(self, key)) for key in ("urns", "ids", "columns", "names", "firsts")}
        return json.dumps(sets | {"lengths": sorted(self.lengths)}, sort_keys=True)


def marks_of(text: str) -> Marks:
    """Read stored marks back. Raises ValueError, KeyError or TypeError for anything else."""
    body = json.loads(text)
    sets = {key: frozenset(_texts(body[key])) for key in ("urns", "ids", "columns", "names", "firsts")}
    lengths = tuple(int(n) for n in body["lengths"])
    if any(not 0 < n <= MAX_WORDS for n in lengths):
        raise ValueError("a name has no words or too many")
    return Marks(**sets, lengths=lengths)


def _texts(items: object) -> list[str]:
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise ValueError("marks must be lists of texts")
    return items


@dataclass(frozen=True)
class Erasure:
    """One thing erased. `covers`: what was observed before `lifted_at` is kept out; for ever while that is None."""

    erasure_id: str
    kind: str
    opaque: str
    erased_at: int
    salt: str
    marks: Marks
    lifted_at: int | None = None
    reason: str = ""

    def covers(self, observed_at: int | None) -> bool:
        """Whether the erasure holds for what was observed at a time; None asks for what is in force without end."""
        if self.lifted_at is None:
            return True
        return observed_at is not None and observed_at <= self.erased_at


@dataclass(frozen=True)
class Names:
    """The plain strings by which one thing is known, before they are gone. `people`: names in ordinary language."""

    urns: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    columns: frozenset[tuple[str, str]] = frozenset()  # (URN of the asset, column)
    people: frozenset[str] = frozenset()
    identifiers: frozenset[str] = frozenset()


def new_salt() -> str:
    """A random key for the marks of a catalog."""
    return secrets.token_hex(16)


def new_opaque(entity: str) -> str:
    """A URN for what was erased: random, so that nothing can be guessed from it."""
    return f"urn:li:{entity}:erased-{secrets.token_hex(8)}"


def mark(salt: str, kind: str, text: str) -> str:
    """The mark of a text as a URN ("u"), short id ("d"), column ("c"), name of a person ("n"), identifier ("i")."""
    data = f"{kind}\x00{text}".encode("utf-8", "surrogatepass")
    return blake2b(data, key=bytes.fromhex(salt), digest_size=16).hexdigest()


def plain(text: str) -> str:
    """A text as it is compared: compatibility forms and case folded away."""
    return unicodedata.normalize("NFKC", text).casefold()


def words_of(text: str) -> list[str]:
    """The words of a name, as they are compared."""
    return [plain(word) for word in _WORD.findall(text)]


def column_key(urn: str, column: str) -> str:
    """A column together with the asset it belongs to."""
    return f"{urn}{_BETWEEN}{plain(column)}"


def make_marks(salt: str, names: Names) -> Marks:
    """The marks of what one thing is called."""
    sequences: set[tuple[str, tuple[str, ...]]] = set()
    for kind, texts in (("n", names.people), ("i", names.identifiers)):
        for text in texts:
            if 0 < len(words := words_of(text)) <= MAX_WORDS:
                sequences.add((kind, tuple(words)))
                if kind == "n" and len(words) == 2:
                    sequences.add((kind, (words[1], words[0])))  # "Souza, Ana"
    return Marks(
        urns=frozenset(mark(salt, "u", urn) for urn in names.urns),
        ids=frozenset(mark(salt, "d", plain(one)) for one in names.ids),
        columns=frozenset(mark(salt, "c", column_key(*pair)) for pair in names.columns),
        names=frozenset(mark(salt, kind, _BETWEEN.join(words)) for kind, words in sequences),
        firsts=frozenset(mark(salt, "f", words[0]) for _, words in sequences),
        lengths=tuple(sorted({len(words) for _, words in sequences})),
    )


@dataclass
class _Keyed:
    """All erasures under one key, by mark."""

    salt: str
    urns: dict[str, list[Erasure]] = field(default_factory=dict)
    ids: dict[str, list[Erasure]] = field(default_factory=dict)
    columns: dict[str, list[Erasure]] = field(default_factory=dict)
    names: dict[str, list[Erasure]] = field(default_factory=dict)
    firsts: set[str] = field(default_factory=set)
    lengths: list[int] = field(default_factory=list)
    known: dict[str, bool] = field(default_factory=dict)  # whether a name may begin with this word

    def may_begin(self, word: str) -> bool:
        found = self.known.get(word)
        if found is None:
            if len(self.known) > 200_000:
                self.known.clear()
            found = self.known[word] = mark(self.salt, "f", word) in self.firsts
        return found


@dataclass(frozen=True)
class Hit:
    """An erased name in a text, from `start` to `end`."""

    start: int
    end: int
    erasure: Erasure


class Recogniser:
    """Finds what was erased in URNs and texts. Holds marks only."""

    def __init__(self, erasures: Iterable[Erasure]) -> None:
        self._keyed: dict[str, _Keyed] = {}
        for erasure in erasures:
            held = self._keyed.setdefault(erasure.salt, _Keyed(erasure.salt))
            for name in ("urns", "ids", "columns", "names"):
                for one in getattr(erasure.marks, name):
                    getattr(held, name).setdefault(one, []).append(erasure)
            held.firsts |= erasure.marks.firsts
            held.lengths = sorted({*held.lengths, *erasure.marks.lengths}, reverse=True)

    def __bool__(self) -> bool:
        return bool(self._keyed)

    @property
    def has_columns(self) -> bool:
        """Whether single columns were erased, which takes the asset's URN to recognise."""
        return any(held.columns for held in self._keyed.values())

    def urn(self, urn: str, at: int | None = None) -> Erasure | None:
        """The erasure of exactly this URN, as it holds for what was observed `at`."""
        return self._find("urns", "u", urn, at)

    def renamed(self, urn: str) -> str:
        """The URN, or what stands for it where it, or the asset of a column, was erased."""
        if (found := self.urn(urn)) is not None:
            return found.opaque
        if urn.startswith(f"{PREFIX}schemaField:"):
            parent, name = column_parts(urn)
            if (found := self.urn(parent) or self.column(parent, name)) is not None:
                return column(found.opaque, name) if self.urn(parent) else found.opaque
        return urn

    def ident(self, text: str, at: int | None = None) -> Erasure | None:
        """The erasure of a thing with this short id or address."""
        return self._find("ids", "d", plain(text.strip()), at)

    def column(self, urn: str, name: str, at: int | None = None) -> Erasure | None:
        """The erasure of a column of an asset."""
        return self._find("columns", "c", column_key(urn, name), at)

    def _find(self, table: str, kind: str, text: str, at: int | None) -> Erasure | None:
        for held in self._keyed.values():
            marks = getattr(held, table)
            for erasure in marks.get(mark(held.salt, kind, text), ()) if marks else ():
                if erasure.covers(at):
                    return erasure  # type: ignore[no-any-return]
        return None

    def names_in(self, text: str, at: int | None = None) -> list[Hit]:
        """Every erased name in a text, longest first at each place, none overlapping."""
        hits: list[Hit] = []
        for held in self._keyed.values():
            if held.names:
                hits += self._names_in(held, text, at)
        return sorted(hits, key=lambda hit: (hit.start, -hit.end))

    def _names_in(self, held: _Keyed, text: str, at: int | None) -> list[Hit]:
        found = list(_WORD.finditer(text))
        words = [plain(one.group()) for one in found]
        hits: list[Hit] = []
        i = 0
        while i < len(words):
            hit = self._name_at(held, text, found, words, i, at) if held.may_begin(words[i]) else None
            if hit is None:
                i += 1
                continue
            erasure, length = hit
            hits.append(Hit(found[i].start(), found[i + length - 1].end(), erasure))
            i += length
        return hits

    def _name_at(
        self, held: _Keyed, text: str, found: list[re.Match[str]], words: list[str], i: int, at: int | None
    ) -> tuple[Erasure, int] | None:
        for length in held.lengths:
            if i + length > len(words):
                continue
            gaps = [text[found[n].end() : found[n + 1].start()] for n in range(i, i + length - 1)]
            broken = any(_SPACE.search(gap) for gap in gaps)
            if any(len(gap.strip()) > _MAX_GAP for gap in gaps):
                continue
            joined = _BETWEEN.join(words[i : i + length])
            for kind in ("n",) if broken else ("n", "i"):
                for erasure in held.names.get(mark(held.salt, kind, joined), ()):
                    if erasure.covers(at):
                        return erasure, length
        return None
