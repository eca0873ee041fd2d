"""Erasing from a workspace: the catalog, then every file made of it, then the proof. Owns the order of the steps.

The erasure is committed first; cleaning and proving can be done again (erasing once more does), so that no crash leaves
more behind than files that the next run cleans.
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.engine import make_url

from catalog import tables
from catalog.aspects import ErasureProof, Info
from catalog.audit.forget import forget
from catalog.change import Change, Evidence, Origin
from catalog.database import micros
from catalog.erase.act import Hook, erase
from catalog.erase.clean import rewrite, texts
from catalog.erase.scan import Proof, Residue, Scanner, forms_of, forms_of_vector
from catalog.erase.sweep import counted
from catalog.erase.victims import Victim, find_victims
from docent.copies import Copy, copies_that_exist
from indexer.building import build, build_lock
from indexer.documents import documents
from retrieval.errors import GenerationUnusable, VectorStoreUnusable
from retrieval.generation import open_current
from retrieval.renewal import drop_other_generations, drop_vectors, renewed_store
from retrieval.vectors import asset_texts, snapped

if TYPE_CHECKING:
    from docent.app import Docent

ON_ERASE: list[tuple[str, Hook]] = [("audit rows", forget)]
"""What else erases in the same transaction: (what it counts, how)."""
_TIME = re.compile(r"\d{4}-\d\d-\d\d(T[\d:.]+Z)?$")
PERSON = "person"


@dataclass(frozen=True)
class Found:
    """What is to be erased, with all that is looked for afterwards."""

    victims: tuple[Victim, ...]
    strings: tuple[str, ...] = ()  # identify the victims
    texts: tuple[str, ...] = ()  # stand in their records, perhaps in others' too
    vectors: tuple[NDArray[np.float32], ...] = ()
    spoken: tuple[str, ...] = ()  # the texts of those vectors


@dataclass(frozen=True)
class EraseReport:
    """What an erasure did and what the proof found."""

    kinds: dict[str, int]
    counts: dict[str, int]
    proof: Proof = field(default_factory=Proof)
    strings: int = 0
    vectors: int = 0
    rows: int = 0  # residues in rows that no byte scan may see
    record: str = ""
    sources: tuple[str, ...] = ()
    copies: tuple[Copy, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def residues(self) -> int:
        """Everything that was found and should not be there."""
        return len(self.proof.residues) + self.rows


def find(docent: Docent, names: Sequence[str]) -> Found:
    """What the names mean, and what to look for once it is gone. Raises NotFound, BadInput, UrnInvalid."""
    with docent.catalog.database.reading() as connection:
        victims = tuple(find_victims(connection, names))
    strings = sorted({text for victim in victims for text in victim.strings()})
    texts_ = {text for victim in victims for text in victim.texts} - set(strings)
    kept = sorted(text for text in texts_ if not text.startswith("urn:li:") and not _TIME.match(text))
    spoken = _spoken(docent, {urn for victim in victims for urn in victim.urns}, strings)
    return Found(victims, tuple(strings), tuple(kept), _vectors(docent, spoken), spoken)


def _spoken(docent: Docent, urns: set[str], strings: Sequence[str]) -> tuple[str, ...]:
    """The texts that were embedded for assets to erase and for others that name them, as the generation words them."""
    try:
        analyzer = open_current(docent.folders.index).analyzer
    except GenerationUnusable:
        return ()
    scanner = Scanner([forms_of(text) for text in strings])
    spoken: set[str] = set()
    for document in documents(docent.catalog):
        for text in asset_texts(document, analyzer):
            if document.urn in urns or next(scanner.find(text.encode("utf-8", "surrogatepass")), None):
                spoken.add(text)
    return tuple(sorted(spoken))


def _vectors(docent: Docent, spoken: Sequence[str]) -> tuple[NDArray[np.float32], ...]:
    embedder, _ = docent.open_embedder(prepare=False)
    if embedder is None or not spoken:
        return ()
    return tuple(snapped(embedder.encode(list(spoken))))


def dry_run(docent: Docent, found: Found) -> dict[str, int]:
    """How much erasing would take out. Nothing stays changed."""
    at = micros(docent.catalog.clock())
    return counted(erase(docent.catalog.database, found.victims, at, hooks=ON_ERASE, dry_run=True)[1])


def run(docent: Docent, found: Found, reason: str = "", leave: Iterable[str] = ()) -> EraseReport:
    """Erase, clean, prove, record. `leave`: steps left out on purpose, for the benchmark's controls."""
    catalog = docent.catalog
    at = catalog.clock()
    with build_lock(docent.folders.lock):
        erasures, counts = erase(catalog.database, found.victims, micros(at), reason, ON_ERASE)
        clean_reason = erasures[0].reason if erasures else ""
        needed, notes = clean(docent, set(leave))
    found = _less_what_others_say(docent, found, needed)
    report = prove(docent, found)
    for vector in found.vectors:
        vector.fill(0)  # what a process has in memory, the vector store's engine may write to its files
    report = replace(
        report,
        kinds=dict(Counter(victim.kind for victim in found.victims)),
        counts=counted(counts),
        notes=notes,
        copies=tuple(copies_that_exist(docent.settings.state_folder)),
    )
    return replace(report, record=_record(docent, report, clean_reason))


def clean(docent: Docent, leave: set[str]) -> tuple[set[str], tuple[str, ...]]:
    """Make every file anew that may hold what was erased; returns the texts still embedded, and notes."""
    notes = []
    needed = set() if "vectors" in leave else _index_anew(docent)
    if "vectors" in leave:
        _build_beside(docent)
    if "generations" not in leave:
        with suppress(GenerationUnusable):  # there never was an index
            drop_other_generations(docent.folders.index)
    if "log" not in leave and (note := rewrite(docent.catalog.database)):
        notes.append(note)
    return needed, tuple(notes)


def _index_anew(docent: Docent) -> set[str]:
    embedder, _ = docent.open_embedder(prepare=False)
    if not docent.folders.index.exists():
        drop_vectors(docent.folders.vectors)
        return set()
    if embedder is None:
        drop_vectors(docent.folders.vectors)  # nobody can tell which of them are still needed
        build(docent.catalog, docent.folders, None, None)
        return set()
    try:
        with renewed_store(docent.folders.vectors, embedder) as renewal:
            build(docent.catalog, docent.folders, embedder, renewal.encode)
            return set(renewal.needed)
    except VectorStoreUnusable:
        drop_vectors(docent.folders.vectors)
        build(docent.catalog, docent.folders, embedder, None)
        return set()


def _build_beside(docent: Docent) -> None:
    """A generation as usual, the vector store left as it is."""
    from retrieval.chroma import open_store

    embedder, _ = docent.open_embedder(prepare=False)
    if embedder is None:
        build(docent.catalog, docent.folders, None, None)
        return
    with open_store(docent.folders.vectors, embedder) as store:
        build(docent.catalog, docent.folders, embedder, store.encode)


# The proof -------------------------------------------------------------------------------------------------------


def _less_what_others_say(docent: Docent, found: Found, needed: set[str]) -> Found:
    """Texts that other records say too are theirs; so are vectors of texts that are still embedded."""
    scanner = Scanner([{text.encode("utf-8", "surrogatepass"): ""} for text in found.texts])
    rows = texts(docent.catalog.database)
    shared = scanner.in_texts(text for table, text in rows if table in ("contents", "answers", "assets"))
    own = tuple(text for number, text in enumerate(found.texts) if number not in shared)
    pairs = [(v, s) for v, s in zip(found.vectors, found.spoken, strict=False) if s not in needed]
    return replace(found, texts=own, vectors=tuple(v for v, _ in pairs), spoken=tuple(s for _, s in pairs))


def prove(docent: Docent, found: Found) -> EraseReport:
    """Read every file of the workspace's state, and every row, for what was erased."""
    strings = [*found.strings, *found.texts]
    scanner = Scanner([*(forms_of(text) for text in strings), *(forms_of_vector(v) for v in found.vectors)])
    proof = scanner.files(_state_files(docent))
    rows = scanner.in_texts(text for _, text in texts(docent.catalog.database))
    seen = proof.by_needle()
    unseen = sum(count for number, count in rows.items() if number not in seen)
    return EraseReport(
        {}, {}, proof, len(strings), len(found.vectors), unseen, sources=tuple(_sources_naming(docent, found.strings))
    )


def _state_files(docent: Docent) -> list[Path]:
    """Everything Docent keeps for the workspace, the catalog's files too where they lie elsewhere."""
    paths = [docent.settings.state_folder]
    url = make_url(docent.catalog.database.url)
    if url.get_backend_name() == "sqlite" and url.database:
        paths += [Path(url.database + ending) for ending in ("", "-wal", "-shm", "-journal")]
    return paths


def _sources_naming(docent: Docent, strings: Sequence[str]) -> list[str]:
    """Source files, which are not Docent's to change, that name what was erased."""
    paths = [docent.settings.root / config.path for config in docent.settings.sources]
    found = Scanner([forms_of(text) for text in strings]).files([path for path in paths if path.exists()])
    return sorted({_shown(docent.settings.root, residue) for residue in found.residues})


def _shown(root: Path, residue: Residue) -> str:
    path = residue.path
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _record(docent: Docent, report: EraseReport, reason: str) -> str:
    """Keep the proof as a record of the catalog; returns its reference, for `docent cite`."""
    at = docent.catalog.clock()
    proof = ErasureProof(
        erased=tuple(sorted(report.kinds.items())),
        erased_at=at,
        by=docent.settings.default_viewer,
        reason=reason,
        counts=tuple(sorted(report.counts.items())),
        strings=report.strings,
        vectors=report.vectors,
        files=report.proof.files,
        bytes=report.proof.bytes,
        residues=report.residues,
    )
    ident = secrets.token_hex(8)
    urn = f"urn:li:erasure:{ident}"
    origin = Origin(PERSON, "docent erase", observed_at=at)
    docent.catalog.apply([Change(urn, Info("erasure", f"Erasure {ident}"), origin), Change(urn, proof, origin)])
    c = tables.current.c
    with docent.catalog.database.reading() as connection:  # what was erased just now may have been in it too
        kept = connection.execute(select(c.digest).where(c.urn == urn, c.aspect == ErasureProof.NAME)).scalar_one()
    return Evidence(urn, ErasureProof.NAME, PERSON, kept).ref()
