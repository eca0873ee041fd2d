"""The format of files, continued: models, training, features, prompts, agents, vector stores, incidents; the sections.

Owns the table of sections. Pure data.
"""

# ruff: noqa: RUF009 - said() is dataclasses.field() with words

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from catalog.aspects import Pairs
from indexer.sources.files import entries
from indexer.sources.files.entries import IDENTIFIER, DataAsset, Named, Ref, said

Numbers = tuple[tuple[str, float], ...]


@dataclass(frozen=True, kw_only=True)
class ModelVersionEntry(DataAsset):
    """One version of a model. Referred to as model_version:MODEL.VERSION."""

    id: str = said("The version's label: 1, 2026-03, v2.1.", pattern=IDENTIFIER)
    stage: str = said("production, staging, archived, ...", "")
    algorithm: str = said("gradient boosted trees, ...", "")
    trained_at: datetime | None = said("When it was trained.", None)
    trained_on: tuple[Ref, ...] = said("Training sets (by id), or tables.", (), kind="training_set")
    training_run: Ref | None = said("Training run that made it, by id.", None, kind="training_run")
    features: tuple[Ref, ...] = said("Features it uses: VIEW.NAME.", (), kind="feature")
    metrics: Numbers = said("Quality: {auc: 0.91}.", ())
    hyperparameters: Pairs = said("{max_depth: 6}.", ())
    approved: bool | None = said("Whether it may be used.", None)
    approved_by: Ref | None = said("Who approved it.", None, kind="person")
    approved_at: datetime | None = said("When.", None)


@dataclass(frozen=True, kw_only=True)
class ModelEntry(DataAsset):
    """A model with its versions."""

    task: str = said("What it predicts or does: churn prediction.", "")
    intended_use: str = said("What it is for.", "")
    out_of_scope: str = said("What it must not be used for.", "")
    limitations: str = said("Known weaknesses.", "")
    risk_class: str = said("minimal, limited, high, ...", "")
    production_version: str = said("The label of the version in production.", "")
    versions: tuple[ModelVersionEntry, ...] = said("Its versions.", ())


@dataclass(frozen=True, kw_only=True)
class ModelDeploymentEntry(DataAsset):
    """A model version that runs somewhere."""

    serves: tuple[Ref, ...] = said("Model versions it serves: MODEL.VERSION.", (), kind="model_version")
    status: str = said("running, stopped, ...", "")


@dataclass(frozen=True, kw_only=True)
class TrainingSetEntry(DataAsset):
    """The exact data that a model saw."""

    version: str = said("Version of the set.", "")
    taken_at: datetime | None = said("When the data was taken.", None)
    rows: int | None = said("How many rows.", None)
    filter: str = said("Which rows.", "")
    label: str = said("The column that is predicted.", "")
    window: str = said("Period of the data: 2025-01 to 2025-12.", "")
    approved: bool | None = said("Whether it may be used for training.", None)
    approved_by: Ref | None = said("Who approved it.", None, kind="person")


@dataclass(frozen=True, kw_only=True)
class TrainingRunEntry(DataAsset):
    """One run that trained, evaluated or scored a model."""

    trained_on: tuple[Ref, ...] = said("Training sets (by id), or tables.", (), kind="training_set")
    status: str = said("success, failed, ...", "")
    started_at: datetime | None = said("When it began.", None)
    ended_at: datetime | None = said("When it ended.", None)
    by: Ref | None = said("Who started it.", None, kind="person")
    code: str = said("Which code: repository and commit.", "")
    parameters: Pairs = said("{epochs: 20}.", ())
    metrics: Numbers = said("{loss: 0.12}.", ())


@dataclass(frozen=True, kw_only=True)
class FeatureEntry(DataAsset):
    """A feature. Referred to as feature:VIEW.NAME."""

    type: str = said("float, category, ...", "")
    entity: str = said("What it describes: customer.", "")
    window: str = said("Over which time: 30 days.", "")


@dataclass(frozen=True, kw_only=True)
class FeatureViewEntry(DataAsset):
    """A feature view with its features."""

    entities: tuple[str, ...] = said("Keys: [customer_id].", ())
    features: tuple[FeatureEntry, ...] = said("Its features.", ())
    online: bool = said("Whether it is served online.", False)
    ttl_hours: float | None = said("How long a value counts as fresh.", None)


@dataclass(frozen=True, kw_only=True)
class PromptEntry(DataAsset):
    """A prompt."""

    version: str = said("Version of the prompt.", "")
    template: str = said("Its text.", "")
    model: str = said("The model it is written for: a name, model:ID or model_version:MODEL.VERSION.", "")
    variables: tuple[str, ...] = said("What is filled in.", ())


@dataclass(frozen=True, kw_only=True)
class AgentToolEntry(DataAsset):
    """A tool that agents may call."""

    signature: str = said("How it is called: refund(order_id, amount).", "")
    writes: bool = said("Whether it changes anything.", False)


@dataclass(frozen=True, kw_only=True)
class AgentEntry(DataAsset):
    """An agent."""

    model: str = said("The model it runs on: a name, model:ID or model_version:MODEL.VERSION.", "")
    prompts: tuple[Ref, ...] = said("Prompts, by id.", (), kind="prompt")
    tools: tuple[Ref, ...] = said("Tools, by id.", (), kind="agent_tool")
    vector_stores: tuple[Ref, ...] = said("Vector stores, by id.", (), kind="vector_store")
    autonomy: str = said("What it may do without asking.", "")
    audience: str = said("Who talks to it.", "")


@dataclass(frozen=True, kw_only=True)
class LlmAppEntry(AgentEntry):
    """An application built on a language model."""

    agents: tuple[Ref, ...] = said("Agents in it, by id.", (), kind="agent")


@dataclass(frozen=True, kw_only=True)
class EmbeddingEntry(DataAsset):
    """Vectors made of texts by an embedding model."""

    embedding_model: str = said("The model that makes the vectors.", "")
    dimensions: int | None = said("Length of a vector.", None)


@dataclass(frozen=True, kw_only=True)
class VectorStoreEntry(EmbeddingEntry):
    """A collection of embeddings; `contains` says of what."""

    engine: str = said("chroma, pgvector, ...", "")
    items: int | None = said("How many vectors.", None)
    built_at: datetime | None = said("When it was built.", None)


@dataclass(frozen=True, kw_only=True)
class CustomEntry(DataAsset):
    """An asset of a kind of your own. Referred to as KIND:ID."""

    kind: str = said("Your kind, in lower case: ontology, notebook, report_pack.", pattern="[a-z][a-z0-9_]{0,63}")
    parent: Ref | None = said("What it belongs to.", None)


@dataclass(frozen=True, kw_only=True)
class IncidentEntry:
    """Something wrong with assets."""

    line: int = field(default=0, metadata={"hidden": True})
    id: str = said("Short and lasting.", pattern=IDENTIFIER)
    title: str = said("What is wrong, in a line.")
    about: tuple[Ref, ...] = said("The assets it hits.", kind="table")
    status: Literal["open", "resolved"] = said("open or resolved.", "open")
    opened_at: datetime | None = said("Since when.", None)
    resolved_at: datetime | None = said("Until when.", None)
    severity: str = said("low, medium, high, ...", "")
    note: str = said("What is known, what was done.", "")
    owner: Ref | None = said("Who takes care: person id or team:ID.", None, kind="person")


AnyEntry = Named | IncidentEntry

# Section of a file, kind of its entries, their record. The order is that of the documentation.
SECTIONS: dict[str, tuple[str, type[AnyEntry]]] = {
    "people": ("person", entries.PersonEntry),
    "teams": ("team", entries.TeamEntry),
    "domains": ("domain", entries.DomainEntry),
    "terms": ("term", entries.TermEntry),
    "tags": ("tag", entries.TagEntry),
    "data_products": ("data_product", entries.DataProductEntry),
    "policies": ("policy", entries.PolicyEntry),
    "tables": ("table", entries.TableEntry),
    "dashboards": ("dashboard", entries.DashboardEntry),
    "metrics": ("metric", entries.MetricEntry),
    "pipelines": ("pipeline", entries.PipelineEntry),
    "documents": ("document", entries.DocumentEntry),
    "models": ("model", ModelEntry),
    "model_deployments": ("model_deployment", ModelDeploymentEntry),
    "training_sets": ("training_set", TrainingSetEntry),
    "training_runs": ("training_run", TrainingRunEntry),
    "feature_views": ("feature_view", FeatureViewEntry),
    "prompts": ("prompt", PromptEntry),
    "agents": ("agent", AgentEntry),
    "agent_tools": ("agent_tool", AgentToolEntry),
    "llm_apps": ("llm_app", LlmAppEntry),
    "embeddings": ("embedding", EmbeddingEntry),
    "vector_stores": ("vector_store", VectorStoreEntry),
    "assets": ("", CustomEntry),
    "incidents": ("incident", IncidentEntry),
}

# Fields that hold entries of their own: what a reference calls their kind.
NESTED: dict[type[AnyEntry], tuple[str, str]] = {
    entries.DashboardEntry: ("charts", "chart"),
    entries.PipelineEntry: ("tasks", "task"),
    ModelEntry: ("versions", "model_version"),
    FeatureViewEntry: ("features", "feature"),
}
