"""A workspace of one files source, for benchmarks that make their own company: indexed by words alone, then asked."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from assistant.answer import Answer
from assistant.index import SearchIndex
from assistant.model.path import ModelPath
from assistant.service import Asked, Assistant
from catalog.access import AccessSettings
from catalog.catalog import Catalog
from catalog.database import now
from catalog.errors import BadInput
from catalog.urn import PREFIX
from indexer.building import IndexFolders, build
from indexer.classified import Classified
from indexer.connectors import SourceConfig, records
from indexer.run import run_source
from retrieval.embedder import Embedder
from retrieval.errors import EncoderMissing

SOURCE = "facts"


class SmallCompany:
    """The workspace in `folder`, whose YAML lies in its folder `facts`. Use as a context manager."""

    def __init__(self, folder: Path, model: ModelPath | None = None) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.catalog = Catalog(f"sqlite:///{folder / 'catalog.db'}", AccessSettings(), (SOURCE,), now)
        self.folders = IndexFolders(folder / "index", folder / "vectors", folder / "build.lock")
        self.assistant = Assistant(self.catalog, SearchIndex(self.catalog, self.folders.index, _none), now, model)

    def fill(self) -> None:
        """Read the YAML and build the index. Raises BadInput for an entry that is broken."""
        config = SourceConfig(SOURCE, "files", SOURCE, {}, None, SOURCE)
        self.catalog.register(SOURCE, "files", None, "{}")
        report = run_source(self.catalog, SOURCE, records(config, self.folder, Classified(self.catalog)))
        if report.errors:
            raise BadInput(f"The company in {self.folder} has broken entries: {report.problems[:3]}.")
        build(self.catalog, self.folders, None, None)
        self.catalog.settle()

    def viewers(self, viewer: str) -> tuple[str, ...]:
        """A person's id as who reads the answer."""
        return (f"{PREFIX}corpuser:{viewer}",)

    def ask(self, question: str, viewer: str, conversation: str = "", skill: str = "", model: bool = True) -> Answer:
        """As Docent.ask."""
        return self.assistant.ask(
            Asked(question, self.viewers(viewer), conversation=conversation, skill=skill, model=model)
        )

    def close(self) -> None:
        """Release the catalog."""
        self.catalog.database.close()

    def __enter__(self) -> SmallCompany:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _none() -> Embedder:
    raise EncoderMissing("This company is searched by words alone.")
