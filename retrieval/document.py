"""What the index needs to know of an asset: a plain record of its words, its filter facts and its ranking signals.

Owns the record and its codec to JSON. Touches nothing. Never knows the catalog's own types: whoever builds the index
maps assets to these.
"""

from __future__ import annotations

from dataclasses import dataclass

FIELDS = ("name", "path", "columns", "column_descriptions", "description", "terms")
"""The text fields of the lexical index, in storage order."""

NAMED_COLUMNS = 25
"""Columns that go into the embedded text: the first 25 did as well as all, and better than the 25 rarest (measured)."""


KIND_NAMES = {
    "agent": ("agent", "assistant", "bot"),
    "llm_app": ("assistant", "bot", "app"),
    "prompt": ("prompt",),
    "model": ("model", "classifier", "predictor"),
    "model_version": ("model version",),
    "feature": ("feature",),
    "feature_view": ("features", "feature view"),
    "dashboard": ("dashboard", "report"),
    "chart": ("chart", "graph"),
    "metric": ("metric", "kpi"),
    "pipeline": ("pipeline", "job"),
    "task": ("task", "job"),
    "topic": ("topic", "stream"),
    "document": ("document", "runbook"),
    "policy": ("policy", "rule"),
    "term": ("term", "definition"),
    "vector_store": ("vector store",),
    "training_run": ("training run",),
}
"""What people call a kind of asset when they look for one ("churn model", "bot prompt"). Tables are looked for most and
seldom called so: they have none."""
NAMELESS = ("person",)
"""Kinds whose name means nothing: nearness in meaning to a person's name is chance."""


@dataclass(frozen=True)
class ColumnText:
    """One column's words. `title` is a human label, where the source has one."""

    name: str
    description: str = ""
    title: str = ""


@dataclass(frozen=True)
class Signals:
    """What makes one asset a better answer than another with the same words.

    `popularity` is any non-negative count of use (queries, users, views); it is damped by a logarithm. Signals must
    come only from what everyone may see, so that ranking never hints at a hidden asset.
    """

    popularity: float = 0.0
    certified: bool = False
    deprecated: bool = False
    failing: bool = False
    stale: bool = False
    personal_data: bool = False


BADGES = (
    ("certified", "certified"),
    ("deprecated", "deprecated"),
    ("failing", "failing"),
    ("stale", "stale"),
    ("personal_data", "personal data"),
)
"""Signal attribute and the word people see, in display order."""


@dataclass(frozen=True)
class Document:
    """One asset as the index sees it. Everyone who may see `urn` may see every word here.

    A column restricted singly must therefore be left out of `columns` and indexed as a Document of its own
    (kind `column`, its own urn). `path` holds the names of the containers, outermost first (database, schema).
    `public` says that everyone may see the asset: only public documents teach the index company vocabulary.
    """

    urn: str
    name: str
    kind: str = "table"
    platform: str = ""
    env: str = ""
    title: str = ""
    path: tuple[str, ...] = ()
    columns: tuple[ColumnText, ...] = ()
    description: str = ""
    synonyms: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    signals: Signals = Signals()
    public: bool = False

    def field_texts(self) -> tuple[tuple[str, ...], ...]:
        """The texts of each field, in the order of FIELDS."""
        return (
            (self.name, *((self.title,) if self.title and self.title != self.name else ())),
            self.path,
            tuple(text for column in self.columns for text in column_names(column)),
            tuple(column.description for column in self.columns if column.description),
            (self.description,) if self.description else (),
            (*self.synonyms, *self.terms, *self.tags, *self.domains, *self.owners, *KIND_NAMES.get(self.kind, ())),
        )


def column_names(column: ColumnText) -> tuple[str, ...]:
    """The column's name, and its title where that adds something."""
    return (column.name, column.title) if column.title and column.title != column.name else (column.name,)


def badges(signals: Signals) -> tuple[str, ...]:
    """The words shown beside a result."""
    return tuple(word for attribute, word in BADGES if getattr(signals, attribute))
