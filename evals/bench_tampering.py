"""Measuring what the check of an audit finds: a thousand tamperings, and the same on sabotaged checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import Any

from catalog.audit import effects, verify
from catalog.catalog import Catalog
from evals.audit_actions import ACTIONS, assistant_on, open_catalog, prepare
from evals.audit_tampering import tamper


def bench_tampering(root: Path, count: int, seed: int) -> dict[str, object]:
    """How many of `count` tamperings are found, and which the sabotaged checks miss first."""
    root.mkdir(parents=True)
    prepare(root)
    random = Random(seed + 2)
    catalogs = [open_catalog(root, writer) for writer in ("cli@one", "slack@one", "ui@two")]
    for number in range(60):
        catalog = catalogs[number % 3]
        random.choice(ACTIONS)(assistant_on(catalog, root), random)
    tried = list(_tried(catalogs[0], count, seed))
    kinds = Counter(kind.split()[0] for kind, _ in tried)
    controls = {}
    for name, (parts, kind) in _SABOTAGES.items():
        with ExitStack() as stack:
            for part in parts:
                stack.enter_context(_replaced(*part))
            controls[f"control_{name}_missed_at"] = _first_missed(catalogs[0], count, seed, kind)
    for catalog in catalogs:
        catalog.database.close()
    return {
        "tamperings": count,
        "tamperings_detected": sum(found for _, found in tried),
        "tamperings_missed": [kind for kind, found in tried if not found],
        "tamperings_by_kind": dict(sorted(kinds.items())),
        **controls,
    }


def _tried(catalog: Catalog, count: int, seed: int) -> Iterator[tuple[str, bool]]:
    """What was tampered with, one after the other, and whether the check found it."""
    random = Random(seed + 3)
    with catalog.database.engine.connect() as connection:
        for _ in range(count):
            transaction = connection.begin()
            done = tamper(connection, random)
            yield done, not effects.verify(connection).ok
            transaction.rollback()


def _first_missed(catalog: Catalog, count: int, seed: int, kind: str) -> int | None:
    """Which tampering of a kind is the first that the sabotaged check misses; None: it misses none."""
    tried = enumerate(_tried(catalog, count, seed), 1)
    return next((number for number, (done, found) in tried if not found and done.startswith(kind)), None)


@contextmanager
def _replaced(module: Any, name: str, value: object) -> Iterator[None]:
    held = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, held)


def _nothing(*_: object) -> tuple[verify.Break, ...]:
    return ()


class _Equal:
    """A commitment that any payload fulfils."""

    def __init__(self, *_: object) -> None:
        pass

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


# What is replaced in the check, and the kind of tampering that it then has to miss. An answer or change that loses its
# row is found twice, by the chains and by the effects: where the chains are to be tried alone, effects are left out.
_NO_EFFECTS = tuple((effects, name, _nothing) for name in ("_answers", "_changes", "_runs"))
_SABOTAGES: dict[str, tuple[tuple[tuple[Any, str, object], ...], str]] = {
    "links_not_checked": (((verify, "_check_row", _nothing),), ""),
    "payloads_not_committed": (((verify, "commit", _Equal),), "edit audit_payloads"),
    "anchors_not_checked": (((verify, "_check_anchors", _nothing), *_NO_EFFECTS), "truncate with its head"),
    "heads_not_checked": (((verify, "_check_heads", _nothing),), "edit audit_heads"),
    "index_not_checked": (((verify, "_check_index", _nothing),), "edit audit_index"),
    "effects_not_checked": (_NO_EFFECTS, ""),
}
