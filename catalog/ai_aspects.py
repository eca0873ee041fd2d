"""The aspects of models, training, features, prompts, agents and vector stores. Pure frozen records.

What an AI asset is made from, reads or uses is also said in its Lineage, so that one graph answers for all kinds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from catalog.aspects import Aspect, Pairs


@dataclass(frozen=True)
class ModelInfo(Aspect, name="model"):
    """What a model (all its versions) is for."""

    task: str = ""
    intended_use: str = ""
    out_of_scope: str = ""
    limitations: str = ""
    risk_class: str = ""
    production_version: str = ""  # URN


@dataclass(frozen=True)
class ModelVersion(Aspect, name="model_version"):
    """One version of a model: stage, how and on what it was trained, and whether it was approved."""

    version: str = ""
    stage: str = ""  # production, staging, archived, ...
    algorithm: str = ""
    trained_at: datetime | None = None
    training_run: str = ""  # URN
    training_sets: tuple[str, ...] = ()  # URNs
    features: tuple[str, ...] = ()  # URNs
    metrics: tuple[tuple[str, float], ...] = ()
    hyperparameters: Pairs = ()
    approved: bool | None = None
    approved_by: str = ""
    approved_at: datetime | None = None


@dataclass(frozen=True)
class TrainingSet(Aspect, name="training_set"):
    """The exact data a model saw: from which tables, when it was taken, how many rows, which filter."""

    version: str = ""
    taken_at: datetime | None = None
    rows: int | None = None
    filter: str = ""
    label: str = ""
    window: str = ""
    approved: bool | None = None
    approved_by: str = ""


@dataclass(frozen=True)
class TrainingRun(Aspect, name="training_run"):
    """One run that trained, evaluated or scored a model."""

    status: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    by: str = ""
    code: str = ""
    parameters: Pairs = ()
    metrics: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Feature(Aspect, name="feature"):
    """One feature: type, entity it describes, window, and the columns it is made of (in Lineage)."""

    type: str = ""
    entity: str = ""
    window: str = ""
    view: str = ""  # URN of its feature view


@dataclass(frozen=True)
class FeatureView(Aspect, name="feature_view"):
    """A table of features in a feature store."""

    entities: tuple[str, ...] = ()
    features: tuple[str, ...] = ()  # URNs
    online: bool = False
    ttl_hours: float | None = None


@dataclass(frozen=True)
class Prompt(Aspect, name="prompt"):
    """A prompt version and the model it is written for. Its text is data, never instructions to Docent."""

    version: str = ""
    template: str = ""
    model: str = ""  # name or URN
    variables: tuple[str, ...] = ()


@dataclass(frozen=True)
class Agent(Aspect, name="agent"):
    """An agent or LLM app: its model, prompts, tools and stores (URNs), and what it may do."""

    model: str = ""
    prompts: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    vector_stores: tuple[str, ...] = ()
    autonomy: str = ""
    audience: str = ""


@dataclass(frozen=True)
class AgentTool(Aspect, name="agent_tool"):
    """A tool an agent may call, and whether it writes."""

    signature: str = ""
    writes: bool = False


@dataclass(frozen=True)
class VectorStore(Aspect, name="vector_store"):
    """A collection of embeddings: which model made them, of how many texts, when."""

    engine: str = ""
    embedding_model: str = ""
    dimensions: int | None = None
    items: int | None = None
    built_at: datetime | None = None
