"""One block of indexed assets: postings of words, names and facets, an asset table and vectors, all plain arrays.

Owns how documents become arrays and how rows are read back. Touches no file: `retrieval.generation` stores segments.
Never changes after it is made; rows are sorted by urn, so that row order is the order that breaks ties.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.analyzer import Analyzer, split
from retrieval.document import Document, Signals
from retrieval.history import Past
from retrieval.lexical import Inverted, Postings, as_codes, build_postings, invert, shaped
from retrieval.vectors import VIEWS, Codes, Signs, lexicon_of, signs

NAME, QUALIFIED, ALIAS, COLUMN = range(4)
"""Fields of the name index: an asset's own name, dotted with its containers, other names for it, its columns."""
LAYERS = frozenset(
    {"agg", "base", "dim", "dw", "dwh", "fact", "fct", "int", "intermediate", "mart"}
    | {"mv", "ods", "raw", "rpt", "src", "staging", "stg", "tbl", "v", "vw"}
)
"""Prefixes that say which layer of a warehouse a table is in; people leave them out."""
FLAGS = ("certified", "deprecated", "failing", "stale", "personal_data")


@dataclass(frozen=True)
class Row:
    """What a result needs to show; read back from the asset table."""

    urn: str
    name: str
    kind: str
    platform: str
    env: str
    title: str
    path: tuple[str, ...]
    columns: tuple[str, ...]
    domains: tuple[str, ...]
    owners: tuple[str, ...]
    description: str
    signals: Signals


@dataclass(frozen=True)
class Texts:
    """Strings laid end to end as UTF-8; item i ends at `ends[i]`."""

    data: NDArray[np.uint8]
    ends: NDArray[np.int64]

    @staticmethod
    def of(texts: Sequence[str]) -> Texts:
        encoded = [text.encode() for text in texts]
        ends = np.cumsum([len(item) for item in encoded], dtype=np.int64)
        return Texts(np.frombuffer(b"".join(encoded), np.uint8), ends)

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, i: int) -> str:
        return self.raw(i).decode()

    def raw(self, i: int) -> bytes:
        start = int(self.ends[i - 1]) if i else 0
        return self.data[start : int(self.ends[i])].tobytes()

    def all(self) -> list[str]:
        """Every item; decodes at once, which is far quicker than one by one."""
        whole = self.data.tobytes()
        ends = self.ends.tolist()
        return [whole[a:b].decode() for a, b in pairwise([0, *ends])]


@dataclass(frozen=True)
class Segment:
    """Arrays of one block of assets. `vectors` has shape [rows, dim] per view, or is empty where none are made yet.

    `lexicon` holds words of public names, in the order of `vectors["lexicon"]`; groups are schemas, numbered from 0.
    """

    words: Inverted
    names: Inverted
    facets: Inverted
    urns: Texts
    table: Texts
    groups: NDArray[np.int32]
    group_names: Texts
    popularity: NDArray[np.float32]
    flags: NDArray[np.uint8]
    lexicon: Texts
    vectors: Mapping[str, Codes]
    signs: Mapping[str, Signs]
    past: Past = field(default_factory=Past.none)
    """Past questions, in the order of `vectors["history"]`."""

    def __len__(self) -> int:
        return len(self.urns)

    def row(self, i: int) -> Row:
        """Decode one asset."""
        raw = json.loads(self.table[i])
        row: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}
        return Row(
            urn=self.urns[i],
            signals=Signals(
                popularity=float(self.popularity[i]),
                **{flag: bool(self.flags[i] >> bit & 1) for bit, flag in enumerate(FLAGS)},
            ),
            **row,
        )

    @cached_property
    def lexicon_words(self) -> list[str]:
        """The lexicon decoded, for comparing spellings."""
        return self.lexicon.all()

    def find_word(self, word: str) -> int | None:
        """The place of a word in the lexicon."""
        words = self.lexicon_words
        place = bisect_left(words, word)
        return place if place < len(words) and words[place] == word else None

    def find_urn(self, urn: str) -> int | None:
        """The row of an urn, by binary search."""
        wanted = urn.encode()
        place = bisect_left(range(len(self.urns)), wanted, key=self.urns.raw)
        return place if place < len(self.urns) and self.urns.raw(place) == wanted else None


ROW_FIELDS = tuple(f.name for f in fields(Row) if f.name not in ("urn", "signals"))


def squash(name: str) -> str:
    """A spelling-blind form of one name: `FctOrders`, `fct_orders` and `fct orders` are equal."""
    return "".join(split(name))


def name_keys(document: Document) -> tuple[tuple[str, ...], ...]:
    """Keys of the name index, per field (NAME, QUALIFIED, ALIAS, COLUMN)."""
    name = squash(document.name)
    path = [squash(part) for part in document.path]
    qualified = tuple(".".join((*path[i:], name)) for i in range(len(path)))
    aliases = {squash(text) for text in (document.title, *document.synonyms, *other_names(document))} - {"", name}
    columns = {squash(text) for c in document.columns for text in (c.name, c.title)} - {""}
    return (name,) if name else (), qualified, tuple(sorted(aliases)), tuple(sorted(columns))


def other_names(document: Document) -> tuple[str, ...]:
    """What people call an asset though nobody wrote it down: a table without its layer, a person's first name."""
    words = split(document.name)
    if document.kind == "person":
        return tuple(word for word in words if len(word) > 2)
    if len(words) > 1 and words[0] in LAYERS:
        return (" ".join(words[1:]),)
    return ()


def facet_keys(document: Document) -> tuple[str, ...]:
    """Keys that filters match exactly, lower-cased."""
    pairs = [("kind", document.kind), ("platform", document.platform), ("env", document.env)]
    for facet, values in (("domain", document.domains), ("tag", document.tags), ("owner", document.owners)):
        pairs += [(facet, value) for value in values]
    pairs += [("path", ".".join(document.path[: i + 1])) for i in range(len(document.path))]
    return tuple(sorted({f"{facet}={value.lower()}" for facet, value in pairs if value}))


def build_segment(
    documents: Sequence[Document],
    analyzer: Analyzer,
    vectors: Mapping[str, Codes] | None = None,
    past: Past | None = None,
) -> Segment:
    """Index `documents`, which must be sorted by urn without repeats; `vectors` are in the same order."""
    groups: dict[str, int] = {}
    codes = [groups.setdefault("/".join(document.path), len(groups)) for document in documents]
    return Segment(
        words=Inverted(build_postings(documents, analyzer)),
        names=Inverted(index_keys([name_keys(document) for document in documents], 4)),
        facets=Inverted(index_keys([(facet_keys(document),) for document in documents], 1)),
        urns=Texts.of([document.urn for document in documents]),
        table=Texts.of([table_row(document) for document in documents]),
        groups=np.array(codes, np.int32),
        group_names=Texts.of(list(groups)),
        popularity=np.array([document.signals.popularity for document in documents], np.float32),
        flags=np.array([flag_bits(document.signals) for document in documents], np.uint8),
        lexicon=Texts.of(lexicon_of(documents)),
        vectors=vectors or {},
        signs={view: signs(vectors[view]) for view in VIEWS} if vectors else {},
        past=past or Past.none(),
    )


def table_row(document: Document) -> str:
    """The stored part of an asset that is neither urn nor signal."""
    known = {key: getattr(document, key) for key in ROW_FIELDS}
    known |= {"columns": [column.name for column in document.columns], "description": document.description[:300]}
    return json.dumps(known, ensure_ascii=False, separators=(",", ":"))


def flag_bits(signals: Signals) -> int:
    """Signals packed one bit each, in the order of FLAGS."""
    return sum(1 << bit for bit, flag in enumerate(FLAGS) if getattr(signals, flag))


def index_keys(rows: Iterable[Sequence[Sequence[str]]], field_count: int) -> Postings:
    """Invert exact keys: one sequence of keys per field and row."""
    ids: dict[str, int] = {}
    tokens = array("I")
    lengths: list[list[int]] = []
    for row in rows:
        for keys in row:
            tokens.extend(ids.setdefault(key, len(ids)) for key in keys)
        lengths.append([len(keys) for keys in row])
    sizes = shaped(lengths, field_count)
    return invert(as_codes(tokens), ids, sizes, sizes)
