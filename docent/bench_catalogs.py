"""Opens the catalogs that `docent bench searches` names: the demo company, shared catalogs, tables of a bench file.

Owns temporary workspaces and how a found asset's names are spelled in the search files. Touches only those and the
folder it is given. Measures nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import yaml

from catalog.urn import name_of
from docent.app import Docent
from docent.demonstration import copy_demo
from evals.bench_retrieval import Table, as_document, read_bench
from evals.bench_searches import Find
from indexer.connectors import SourceConfig
from retrieval.document import ColumnText
from retrieval.errors import BenchDataUnreadable, EncoderMissing
from retrieval.export import open_default
from retrieval.generation import build_generation
from retrieval.search import Searcher

SHOWN = 10


class BenchCatalogs:
    """Opens catalogs by name and keeps them until closed. `shared` holds `catalogs/` and `retrieval/`."""

    def __init__(self, shared: Path, environ: Mapping[str, str], model_folder: Path) -> None:
        self._shared = shared
        self._environ = environ
        self._model_folder = model_folder
        self._open = ExitStack()

    def __enter__(self) -> BenchCatalogs:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def open(self, name: str) -> Find:
        """`demo`, `datahub/FILE`, `dbt/MANIFEST`, `odcs`, `retrieval/SET/DATABASE`. Raises BenchDataUnreadable."""
        kind, _, rest = name.partition("/")
        if kind == "demo":
            folder = self._folder()
            copy_demo(folder)
            return self._workspace(folder, None)
        if kind in ("datahub", "dbt"):
            path = next(
                iter(sorted((self._shared / "catalogs" / kind).glob(f"{rest.removesuffix('.json')}.json"))), None
            )
            if path is None:
                raise BenchDataUnreadable(f"No catalog {name!r} below {str(self._shared)!r}. Give --shared its folder.")
            folder = self._folder()
            (folder / "docent.toml").write_text("[workspace]\nname = 'bench'\n", encoding="utf-8")
            return self._workspace(folder, SourceConfig(kind, kind, str(path.absolute())))
        if kind == "odcs":
            files = sorted((self._shared / "catalogs" / "odcs").glob("*.yaml"))
            return self._tables([table for file in files for table in contract_tables(file)])
        if kind == "retrieval":
            file, _, database = rest.partition("/")
            bench = read_bench(self._shared / "retrieval" / f"{file}.json")
            return self._tables([table for table in bench.tables if table.db.lower() == database.lower()])
        raise BenchDataUnreadable(f"No catalog is called {name!r}. Known: demo, datahub/, dbt/, odcs, retrieval/.")

    def _folder(self) -> Path:
        return Path(self._open.enter_context(tempfile.TemporaryDirectory()))

    def _workspace(self, folder: Path, source: SourceConfig | None) -> Find:
        docent = self._open.enter_context(Docent.open(folder, self._environ))
        docent.index([source] if source else None)

        def find(text: str) -> list[frozenset[str]]:
            found = docent.search(text, limit=SHOWN).results
            return [frozenset({one.name.lower(), *spellings(name_of(one.urn))}) for one in found]

        return find

    def _tables(self, tables: list[Table]) -> Find:
        try:
            embedder = open_default(self._model_folder)
        except EncoderMissing:
            embedder = None
        documents = [as_document(table, row) for row, table in enumerate(tables)]
        searcher = Searcher(build_generation(self._folder(), documents, "", embedder), embedder)

        def find(text: str) -> list[frozenset[str]]:
            found = searcher.search(text, limit=SHOWN, explain=False).results
            return [spellings(tables[int(one.urn.rpartition(":")[2])].id) for one in found]

        return find


def spellings(name: str) -> frozenset[str]:
    """A dotted name whole, its last two parts, and its last part."""
    parts = name.lower().split(".")
    return frozenset({".".join(parts), ".".join(parts[-2:]), parts[-1]})


def contract_tables(file: Path) -> list[Table]:
    """The tables of an ODCS contract, for lack of more: their names, descriptions and columns."""
    try:
        held = yaml.safe_load(file.read_text(encoding="utf-8"))
        return [
            Table(
                id=str(item.get("physicalName") or item["name"]),
                db=file.name.partition(".")[0],
                name=str(item["name"]),
                title=str(item.get("businessName") or ""),
                columns=tuple(
                    ColumnText(str(c["name"]), str(c.get("description") or ""), str(c.get("businessName") or ""))
                    for c in item.get("properties") or ()
                ),
                description=str(item.get("description") or ""),
            )
            for item in held["schema"]
        ]
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise BenchDataUnreadable(f"Cannot read {str(file)!r} as an ODCS contract: {error}.") from error
