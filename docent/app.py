"""The Docent object: a workspace opened, with everything wired. The public Python API: `from docent import Docent`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from assistant.answer import Answer
from assistant.desk import Bounds, Filters
from assistant.index import SearchIndex
from assistant.model.path import ModelPath
from assistant.replay import Replay, replay
from assistant.service import Asked, Assistant, Searched
from catalog.catalog import Catalog
from catalog.change import Skipped
from catalog.citing import Record
from catalog.database import now
from catalog.errors import ConfigInvalid, DocentError
from docent.settings import Settings, find_root, read_settings, viewer_urn
from indexer.building import IndexFolders, build, build_lock, is_current
from indexer.classified import Classified
from indexer.connectors import SourceConfig, records
from indexer.enrich import propagation
from indexer.enrichers import ENRICHERS, TYPE, is_due, run_enricher
from indexer.run import RunReport, run_source
from retrieval.embedder import Embedder
from retrieval.errors import EncoderMissing, ModelUnusable, VectorStoreUnusable
from retrieval.export import ensure_default, open_default

if TYPE_CHECKING:
    from indexer.enrich.known import KnownTables


@dataclass(frozen=True)
class IndexReport:
    """What `index` did: one report for each source, the sources that failed, and the generation."""

    sources: tuple[RunReport, ...]
    failed: tuple[tuple[str, DocentError], ...]
    generation: str
    rebuilt: bool
    encoded: int
    notes: tuple[str, ...] = ()

    @property
    def errors(self) -> int:
        """How many records were broken, over all sources."""
        return sum(run.errors for run in self.sources)

    def to_json(self) -> dict[str, object]:
        """For programs: what each source did and every broken record kept."""
        return {
            "sources": [
                {
                    "name": run.source,
                    **run.counts(),
                    "seconds": round(run.seconds, 3),
                    "skipped_by_name": run.skipped,
                    "problems": [_told(problem) for problem in run.problems],
                    "passed_over": [{"what": one.what} | _told(one) for one in run.passed_over],
                }
                for run in self.sources
            ],
            "failed": [{"name": name, "why": str(error)} for name, error in self.failed],
            "index": {"generation": self.generation, "rebuilt": self.rebuilt, "encoded": self.encoded},
            "notes": list(self.notes),
        }


def _told(skipped: Skipped) -> dict[str, str]:
    return {"locator": skipped.locator, "pointer": skipped.pointer, "why": skipped.why}


def known_tables(catalog: Catalog) -> KnownTables:
    """The tables that the catalog has, by name."""
    from indexer.enrich.known import read_known  # brings the SQL parser: only some connectors pay for that

    return read_known(catalog)


@dataclass(frozen=True)
class Watch:
    """Callbacks through which a door shows progress: a source has begun, records were read, the index is being made."""

    begun: Callable[[str], None] = lambda name: None
    read: Callable[[str, int], None] = lambda name, seen: None
    building: Callable[[], None] = lambda: None


class Docent:
    """A workspace. Use as a context manager, or call `close`."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = now, door: str = "python") -> None:
        self.settings = settings
        self.clock = clock
        self.catalog = Catalog(
            settings.catalog_url,
            settings.access,
            settings.policy_sources,
            clock,
            settings.identity,
            settings.precedence,
            settings.audit.for_door(door),
            settings.state_folder / "lineage",
        )
        self.folders = IndexFolders(
            settings.state_folder / "index", settings.state_folder / "vectors", settings.state_folder / "build.lock"
        )
        self.index_ = SearchIndex(self.catalog, self.folders.index, lambda: self._open_model(open_default))
        model = ModelPath(settings.llm) if settings.llm.model else None
        self.assistant = Assistant(self.catalog, self.index_, clock, model)

    @classmethod
    def open(cls, folder: str | Path = ".", environ: Mapping[str, str] = os.environ, door: str = "python") -> Docent:
        """Open the nearest workspace at or above `folder`. `door`: through which people ask; its audit chain's name.

        Raises WorkspaceMissing, WorkspaceTooNew, ConfigInvalid.
        """
        return cls(read_settings(find_root(Path(folder)), environ), door=door)

    def close(self) -> None:
        """Release the catalog."""
        self.catalog.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # Reading -----------------------------------------------------------------------------------------------------

    def viewers(self, viewer: str | Sequence[str] | None = None) -> tuple[str, ...]:
        """Who reads the answer, as URNs; the workspace's default viewer when none is named."""
        if viewer is None:
            return (self.settings.default_viewer,)
        names = [viewer] if isinstance(viewer, str) else list(viewer)
        return tuple(viewer_urn(name) for name in names)

    def ask(
        self,
        question: str,
        viewer: str | Sequence[str] | None = None,
        as_of: datetime | None = None,
        conversation: str = "",
        skill: str = "",
        direction: str = "",
        bounds: Bounds | None = None,
        model: bool = True,
    ) -> Answer:
        """Answer a question. `viewer`: a person, or everyone who will read it. `model` False: no language model."""
        asked = Asked(question, self.viewers(viewer), as_of, conversation, skill, direction, model=model)
        return self.assistant.ask(replace(asked, bounds=bounds or Bounds()))

    def changes(
        self,
        name: str = "",
        viewer: str | Sequence[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        domains: Sequence[str] = (),
        as_of: datetime | None = None,
    ) -> Answer:
        """What changed, of one asset or of all that the viewer may read."""
        asked = Asked(f"what changed in {name}" if name else "what changed", self.viewers(viewer), as_of)
        return self.assistant.ask(replace(asked, skill="changes", since=since, until=until, domains=tuple(domains)))

    def search(
        self,
        text: str,
        viewer: str | Sequence[str] | None = None,
        filters: Filters | None = None,
        limit: int = 10,
    ) -> Searched:
        """Search, best first."""
        return self.assistant.search(text, self.viewers(viewer), filters, limit)

    def person_by_email(self, email: str) -> str:
        """The person (URN) whose address this is; the guest when there is none, or they have left."""
        return self.catalog.person_by_email(email)

    def cite(self, ref: str, viewer: str | Sequence[str] | None = None) -> Record:
        """The stored record behind a citation."""
        return self.assistant.cite(ref, self.viewers(viewer))

    def replay(self, answer_id: str, viewer: str | Sequence[str] | None = None) -> Replay:
        """Ask again what was asked then, to the catalog as it was known then, and compare."""
        return replay(self.assistant, answer_id, self.viewers(viewer))

    # Indexing ----------------------------------------------------------------------------------------------------

    def index(
        self,
        sources: Iterable[SourceConfig] | None = None,
        watch: Watch | None = None,
        allow_removal: bool = False,
        prepare_model: bool = True,
    ) -> IndexReport:
        """Read sources (the configured ones when None) and bring the search index up to date.

        A source that cannot be read is reported and stops no other. Raises WorkspaceBusy when another process indexes.
        """
        watch = watch or Watch()
        chosen = list(self.settings.sources if sources is None else sources)
        if not chosen:
            raise ConfigInvalid(
                f"No source is set up in {self.settings.root / 'docent.toml'}. Add a [[source]] table, or name one, "
                "for example: docent index dbt target/"
            )
        with build_lock(self.folders.lock):
            reports: list[RunReport] = []
            failed: list[tuple[str, DocentError]] = []
            for config in chosen:
                watch.begun(config.name)
                try:
                    reports.append(self._run(config, watch, allow_removal))
                except DocentError as error:
                    failed.append((config.name, error))
            for name in ENRICHERS:
                if is_due(self.catalog, name):
                    watch.begun(name)
                    try:
                        reports.append(self._enrich(name, watch))
                    except DocentError as error:
                        failed.append((name, error))
            reports += self._propagate(watch)
            generation, rebuilt, encoded, notes = self._build(watch, prepare_model)
            self.catalog.settle()
        return IndexReport(tuple(reports), tuple(failed), generation, rebuilt, encoded, notes)

    def _run(self, config: SourceConfig, watch: Watch, allow_removal: bool) -> RunReport:
        self.catalog.register(config.name, config.type, config.rank, json.dumps({"path": config.path}))

        def work() -> RunReport:
            said = records(config, self.settings.root, Classified(self.catalog), lambda: known_tables(self.catalog))
            return run_source(
                self.catalog, config.name, said, lambda seen: watch.read(config.name, seen), allow_removal
            )

        return self._noted(config.name, work)

    def _enrich(self, name: str, watch: Watch) -> RunReport:
        self.catalog.register(name, TYPE)
        return self._noted(name, lambda: run_enricher(self.catalog, name, lambda seen: watch.read(name, seen)))

    def _noted(self, name: str, work: Callable[[], RunReport]) -> RunReport:
        """Do the work of one source, and keep how it went."""
        run = self.catalog.start_run(name)
        status, counts = "stopped", {}
        try:
            report = work()
            status, counts = "done", report.counts()
        except DocentError:
            status = "failed"
            raise
        finally:
            self.catalog.end_run(run, status, dict(counts))
        return report

    def _propagate(self, watch: Watch) -> list[RunReport]:
        """Let what is said of columns hold where they are copied to, if anything changed since that was last done."""
        kinds, name = self.settings.propagate, propagation.NAME
        held = {source.name: source.report for source in self.catalog.sources()}.get(name)
        if held is None and not kinds:
            return []
        mark = sum(1 << propagation.KINDS.index(kind) for kind in kinds)
        if held is not None and (held.get("version"), held.get("kinds")) == (self.catalog.version(), mark):
            return []
        watch.begun(name)
        self.catalog.register(name, "inferred")
        run = self.catalog.start_run(name)
        seen = propagation.propagate(self.catalog, kinds)
        report = run_source(self.catalog, name, seen, lambda n: watch.read(name, n), allow_removal=True)
        self.catalog.end_run(run, "done", {**report.counts(), "version": self.catalog.version(), "kinds": mark})
        return [report]

    def _build(self, watch: Watch, prepare_model: bool) -> tuple[str, bool, int, tuple[str, ...]]:
        embedder, notes = self.open_embedder(prepare_model)
        if is_current(self.catalog, self.folders, embedder):
            return self.folders.index.name, False, 0, notes
        watch.building()
        if embedder is None:
            return build(self.catalog, self.folders, None, None).manifest.name, True, 0, notes
        from retrieval.chroma import open_store  # imports Chroma: only the builder pays for that

        try:
            with open_store(self.folders.vectors, embedder) as store:
                made = build(self.catalog, self.folders, embedder, store.encode)
                return made.manifest.name, True, store.reuse.encoded, notes
        except VectorStoreUnusable as error:
            made = build(self.catalog, self.folders, embedder, None)
            return made.manifest.name, True, made.manifest.documents, (*notes, f"Vectors were not kept: {error}")

    def open_embedder(self, prepare: bool) -> tuple[Embedder | None, tuple[str, ...]]:
        """The embedding model, or None with a note why there is none. `prepare`: make it ready if it is not."""
        try:
            return self._open_model(ensure_default if prepare else open_default), ()
        except (EncoderMissing, ModelUnusable) as error:
            return None, (f"Search is by words alone: {error}",)

    def _open_model(self, opener: Callable[[Path], Embedder]) -> Embedder:
        """The embedding model, unless it is switched off. Raises EncoderMissing, ModelUnusable."""
        if not self.settings.use_model:
            raise EncoderMissing("[model] enabled is false in docent.toml.")
        return opener(self.settings.model_folder)
