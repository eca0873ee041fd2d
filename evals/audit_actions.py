"""What people and sources do on a small catalog, to measure the audit by: ask, search, apply, run. Seeded.

One of its tables, the canary, is hidden from all but Ben.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

from assistant.index import SearchIndex
from assistant.service import Asked, Assistant
from catalog.aspects import AccessRule, Documentation, Info, Owner, Ownership, Policy
from catalog.audit.chain import AuditSettings
from catalog.catalog import Catalog
from catalog.change import Change, Origin
from catalog.database import now
from catalog.urn import dataset
from retrieval.embedder import Embedder
from retrieval.errors import EncoderMissing

_ASSETS = 12
CANARY = "canary_7f3a"
AUDITOR, ANA, BEN = "urn:li:corpuser:auditor", "urn:li:corpuser:ana", "urn:li:corpuser:ben"


def table(number: int) -> str:
    """The URN of a table."""
    return dataset("postgres", f"shop.public.table_{number}")


def open_catalog(root: Path, writer: str = "worker") -> Catalog:
    """The catalog in a folder, its audit required and the auditor its only reader."""
    return Catalog(f"sqlite:///{root}/catalog.db", audit=AuditSettings("required", writer, (AUDITOR,)))


def assistant_on(catalog: Catalog, root: Path) -> Assistant:
    """An assistant that finds by names alone."""
    return Assistant(catalog, SearchIndex(catalog, root / "index", _no_model), now)


def _no_model() -> Embedder:
    raise EncoderMissing("The bench asks by names alone.")


def prepare(root: Path) -> None:
    """A few tables, and one that only Ben may discover."""
    catalog = open_catalog(root)
    origin = Origin("dbt", observed_at=now())
    hidden = dataset("postgres", f"shop.hr.{CANARY}")
    changes: list[Change] = []
    for urn, name in [*((table(n), f"table_{n}") for n in range(_ASSETS)), (hidden, CANARY)]:
        changes.append(Change(urn, Info("table", name, "postgres", f"shop.public.{name}"), origin))
        changes.append(Change(urn, Ownership((Owner(ANA),)), origin))
    rule = AccessRule("deny", "discover", unless=(BEN,), assets=(hidden,))
    changes.append(Change("urn:li:policy:hr", Policy(access=(rule,)), origin))
    catalog.apply(changes)
    catalog.database.close()


def _ask(assistant: Assistant, random: Random) -> str:
    who = random.choice(((ANA,), (BEN,), (ANA, BEN)))
    number = random.randrange(_ASSETS)
    words = random.choice(("who owns table_{}", "what is table_{}", "what is {}")).format(number)
    if random.random() < 0.05:
        who, words = (BEN,), f"what is {CANARY}"
    return f"ask {assistant.ask(Asked(words, who)).answer_id}"


def _search(assistant: Assistant, random: Random) -> str:
    return f"search {len(assistant.search(f'table_{random.randrange(_ASSETS)}', (ANA,)).results)}"


def _apply(assistant: Assistant, random: Random) -> str:
    urns = [table(random.randrange(_ASSETS)) for _ in range(random.randrange(1, 6))]
    text = f"Edition {random.random()}"
    origin = Origin("dbt", "m.json", observed_at=now())
    return f"apply {assistant.catalog.apply(Change(urn, Documentation(text), origin) for urn in dict.fromkeys(urns))}"


def _run(assistant: Assistant, random: Random) -> str:
    run = assistant.catalog.start_run("dbt")
    assistant.catalog.end_run(run, random.choice(("done", "failed")), {"added": random.randrange(9)})
    return f"run {run}"


ACTIONS: tuple[Callable[[Assistant, Random], str], ...] = (_ask, _ask, _ask, _ask, _search, _apply, _apply, _run)
