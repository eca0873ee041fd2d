"""Index generations on disk: immutable folders of memory-mapped arrays, swapped in by one pointer file.

Owns the folder layout, its manifest, checks and clean-up. Touches the index folder only. Never writes into a
generation that readers may have open; a damaged or foreign one raises GenerationUnusable, and rebuilding is safe.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.analyzer import Analyzer, split
from retrieval.document import NAMELESS, Document
from retrieval.embedder import Embedder
from retrieval.errors import GenerationUnusable
from retrieval.history import HISTORY, Past, PastQuestion, usable
from retrieval.lexical import Inverted, Postings
from retrieval.segment import Segment, Texts, build_segment
from retrieval.soundness import Background, crc, read_arrays
from retrieval.vectors import LEXICON, VIEWS, Codes, asset_texts, lexicon_of, quantise

FORMAT = 4
"""Raised whenever the arrays or the analysis change meaning; older folders are then rebuilt."""
TEXTS = ("urns", "table", "group_names", "lexicon")
POINTER = "CURRENT"
MANIFEST = "manifest.json"
PROBE = "Which table holds customer orders?"
"""Embedded when a generation is made and again when it is searched: another model gives itself away."""
MIN_PROBE_COSINE = 0.99
KEPT = 2
"""Generations left in place: the current one, and the one that long-running readers may still open files of."""

Encode = Callable[[Sequence[str]], NDArray[np.float32]]


@dataclass(frozen=True)
class Manifest:
    """What a generation says about itself. `files` maps a file name to its size and crc32."""

    format: int
    name: str
    catalog_version: str
    documents: int
    model_id: str
    dim: int
    probe: tuple[float, ...]
    analyzer: dict[str, Any]
    files: dict[str, tuple[int, int]]
    access: str = ""  # what everyone could see when it was made: what it teaches all comes from that alone


@dataclass(frozen=True)
class Generation:
    """An opened generation: its manifest, its arrays, and the analyzer that made it."""

    folder: Path
    manifest: Manifest
    segment: Segment
    analyzer: Analyzer
    checking: Background | None = None  # of a large generation, while it is in use

    @property
    def has_vectors(self) -> bool:
        return bool(self.segment.vectors)

    def assert_sound(self) -> None:
        """Raises GenerationUnusable once the comparison in the background has found damage."""
        if self.checking and self.checking.fault:
            raise GenerationUnusable(self.checking.fault)


def corpus_words(documents: Iterable[Document]) -> frozenset[str]:
    """Words that public documents spell out at least twice: they help to read glued and shortened names."""
    counts: dict[str, int] = {}
    for document in documents:
        if document.public:
            texts = (document.name, document.title, document.description, *(c.name for c in document.columns))
            for word in {word for text in texts for word in split(text)}:
                counts[word] = counts.get(word, 0) + 1
    return frozenset(word for word, count in counts.items() if count > 1 and len(word) > 3 and word.isalpha())


def build_generation(
    index: Path,
    documents: Iterable[Document],
    catalog_version: str = "",
    embedder: Embedder | None = None,
    encode: Encode | None = None,
    synonyms: Mapping[str, Sequence[str]] | None = None,
    access: str = "",
    history: Sequence[PastQuestion] = (),
) -> Generation:
    """Write a new generation below `index`, make it current, and open it.

    `encode` (texts to unit vectors, default `embedder.encode`) lets the builder reuse stored vectors. Without an
    embedder the generation has words only. `history` are confirmed answers that everyone may see. The caller holds
    the build lock; readers need none.
    """
    ordered = sorted({document.urn: document for document in documents}.values(), key=lambda d: d.urn.encode())
    analyzer = Analyzer(corpus_words(ordered), synonyms)
    asked, past = usable(history if embedder else (), {document.urn: row for row, document in enumerate(ordered)})
    vectors: dict[str, Codes] = {}
    probe: tuple[float, ...] = ()
    if embedder is not None:
        vectors = embed(ordered, analyzer, encode or embedder.encode)
        if asked:
            vectors[HISTORY] = quantise((encode or embedder.encode)(asked))
        probe = tuple(float(x) for x in embedder.encode([PROBE])[0])
    segment = build_segment(ordered, analyzer, vectors, past)
    about = {
        "format": FORMAT,
        "catalog_version": catalog_version,
        "documents": len(ordered),
        "model_id": embedder.model_id if embedder else "",
        "dim": embedder.dim if embedder else 0,
        "probe": probe,
        "analyzer": analyzer.settings(),
        "access": access,
    }
    return open_generation(index / publish(index, about, segment))


def embed(documents: Sequence[Document], analyzer: Analyzer, encode: Encode) -> dict[str, Codes]:
    """Codes of every view and of the lexicon, each distinct text encoded once."""
    texts = [asset_texts(document, analyzer) for document in documents]
    lexicon = lexicon_of(documents)
    distinct = sorted({text for pair in texts for text in pair} | set(lexicon))
    codes = quantise(encode(distinct))
    place = {text: i for i, text in enumerate(distinct)}
    views = {view: codes[[place[pair[v]] for pair in texts]] for v, view in enumerate(VIEWS)}
    nameless = [row for row, document in enumerate(documents) if document.kind in NAMELESS]
    for found in views.values():
        found[nameless] = 0
    return views | {LEXICON: codes[[place[word] for word in lexicon]]}


def arrays_of(segment: Segment) -> dict[str, NDArray[Any]]:
    """Every array of a segment under its file name."""
    found: dict[str, NDArray[Any]] = {
        "groups": segment.groups,
        "popularity": segment.popularity,
        "flags": segment.flags,
        "past.ends": segment.past.ends,
        "past.rows": segment.past.rows,
    }
    for part, index in (("words", segment.words), ("names", segment.names), ("facets", segment.facets)):
        found |= {f"{part}.{f.name}": getattr(index.postings, f.name) for f in fields(Postings)}
    for part in TEXTS:
        texts: Texts = getattr(segment, part)
        found |= {f"{part}.data": texts.data, f"{part}.ends": texts.ends}
    found |= {f"signs.{view}": bits for view, bits in segment.signs.items()}
    return found | {f"vectors.{view}": codes for view, codes in segment.vectors.items()}


def segment_of(arrays: Mapping[str, NDArray[Any]]) -> Segment:
    """The inverse of `arrays_of`."""
    postings = {
        part: Inverted(Postings(**{f.name: arrays[f"{part}.{f.name}"] for f in fields(Postings)}))
        for part in ("words", "names", "facets")
    }
    texts = {part: Texts(arrays[f"{part}.data"], arrays[f"{part}.ends"]) for part in TEXTS}
    return Segment(
        words=postings["words"],
        names=postings["names"],
        facets=postings["facets"],
        urns=texts["urns"],
        table=texts["table"],
        group_names=texts["group_names"],
        lexicon=texts["lexicon"],
        groups=arrays["groups"],
        popularity=arrays["popularity"],
        flags=arrays["flags"],
        vectors={part: arrays[f"vectors.{part}"] for part in (*VIEWS, LEXICON, HISTORY) if f"vectors.{part}" in arrays},
        signs={part: arrays[f"signs.{part}"] for part in VIEWS if f"signs.{part}" in arrays},
        past=Past(arrays["past.ends"], arrays["past.rows"]),
    )


def publish(index: Path, about: Mapping[str, Any], segment: Segment) -> str:
    """Write beside, check in, point to it, and drop generations nobody needs; return the folder's name."""
    index.mkdir(parents=True, exist_ok=True, mode=0o700)
    work = Path(tempfile.mkdtemp(prefix=".building-", dir=index))
    try:
        files = {}
        for name, array in arrays_of(segment).items():
            path = work / f"{name}.npy"
            np.save(path, array)
            files[path.name] = (path.stat().st_size, crc(path))
        name = next_name(index)
        manifest = Manifest(name=name, files=files, **about)
        (work / MANIFEST).write_text(json.dumps(asdict(manifest)), encoding="utf-8")
        work.rename(index / name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    point_to(index, name)
    drop_old(index, name)
    return name


def next_name(index: Path) -> str:
    """The next folder name; numbers only grow, so a name is never used for two contents."""
    return f"gen-{max((number(path) for path in index.glob('gen-*')), default=0) + 1:08d}"


def number(path: Path) -> int:
    """The number in a generation folder's name, 0 for anything else."""
    digits = path.name.removeprefix("gen-")
    return int(digits) if digits.isdigit() else 0


def point_to(index: Path, name: str) -> None:
    """Make `name` current for everyone who opens the index from now on. The pointer holds its manifest's checksum."""
    fresh = index / f".{POINTER}.{os.getpid()}"
    fresh.write_text(f"{name} {crc(index / name / MANIFEST):08x}\n", encoding="utf-8")
    fresh.replace(index / POINTER)


def drop_old(index: Path, current: str) -> None:
    """Remove all but the newest KEPT generations; readers that have files open keep reading them."""
    kept = sorted((path for path in index.glob("gen-*") if number(path)), key=number)[-KEPT:]
    for path in index.glob("gen-*"):
        if path not in kept and path.name != current:
            shutil.rmtree(path, ignore_errors=True)


def current_name(index: Path) -> str:
    """The name of the current generation. Raises GenerationUnusable if the index has none."""
    return _pointer(index)[0]


def _pointer(index: Path) -> tuple[str, str]:
    """The current generation's name and the checksum of its manifest, "" where a pointer has none."""
    try:
        name, _, checksum = (index / POINTER).read_text(encoding="utf-8").strip().partition(" ")
        return name, checksum
    except (OSError, UnicodeDecodeError):
        raise GenerationUnusable(f"No search index in {str(index)!r}. Index the catalog first.") from None


def open_current(index: Path) -> Generation:
    """Open what CURRENT points to. Raises GenerationUnusable if it is missing, damaged or of another format."""
    name, checksum = _pointer(index)
    if number(Path(name)) == 0 or "/" in name:
        raise GenerationUnusable(f"{str(index / POINTER)!r} does not name a generation. Rebuild the index.")
    path = index / name / MANIFEST
    read_manifest(index / name)
    if checksum != f"{crc(path):08x}":
        raise GenerationUnusable(f"{str(path)!r} is not the manifest that {POINTER} names. Rebuild the index.")
    return open_generation(index / name)


def open_generation(folder: Path) -> Generation:
    """A generation's arrays, read only, every byte compared with its checksum (retrieval/soundness.py)."""
    manifest = read_manifest(folder)
    arrays, checking = read_arrays(folder, manifest.files)
    try:
        segment = segment_of(arrays)
    except KeyError as error:
        raise GenerationUnusable(f"{str(folder)!r} lacks the array {error}. Rebuild the index.") from error
    settings = manifest.analyzer
    return Generation(folder, manifest, segment, Analyzer(settings["vocabulary"], settings["synonyms"]), checking)


def read_manifest(folder: Path) -> Manifest:
    """Parse and check the manifest alone."""
    path = folder / MANIFEST
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw["format"] != FORMAT:
            raise GenerationUnusable(f"{str(folder)!r} has format {raw['format']}, not {FORMAT}. Rebuild the index.")
        files = {str(name): (int(size), int(checksum)) for name, (size, checksum) in raw.pop("files").items()}
        return Manifest(files=files, **(raw | {"probe": tuple(raw["probe"])}))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise GenerationUnusable(f"Cannot read {str(path)!r}: {error}. Rebuild the index.") from error


def verify(generation: Generation) -> None:
    """Read every file and compare its checksum, vectors too. Raises GenerationUnusable on the first difference."""
    for file, (_, checksum) in generation.manifest.files.items():
        if crc(generation.folder / file) != checksum:
            raise GenerationUnusable(f"{str(generation.folder / file)!r} is damaged. Rebuild the index.")


def embedder_fits(generation: Generation, embedder: Embedder) -> bool:
    """Whether questions embedded by `embedder` can be compared with this generation's vectors (known-answer probe)."""
    manifest = generation.manifest
    if not generation.has_vectors or (manifest.model_id, manifest.dim) != (embedder.model_id, embedder.dim):
        return False
    known = np.array(manifest.probe, np.float32)
    return bool(len(known) == embedder.dim and float(known @ embedder.encode_query(PROBE)) >= MIN_PROBE_COSINE)
