"""The kinds of asset: what can be asked about. Owns the list and how a URN's entity type maps to a kind. Pure data."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.urn import parse


@dataclass(frozen=True)
class Kind:
    """One kind: its key in code and JSON, what people call it, and the URN entity types that stand for it."""

    key: str
    noun: str
    plural: str
    entities: tuple[str, ...] = ()


# The order is the order in which counts are shown.
_ALL = (
    Kind("table", "table", "tables", ("dataset",)),
    Kind("view", "view", "views"),
    Kind("topic", "topic", "topics"),
    Kind("column", "column", "columns", ("schemaField",)),
    Kind("container", "schema", "schemas", ("container",)),
    Kind("dashboard", "dashboard", "dashboards", ("dashboard",)),
    Kind("chart", "chart", "charts", ("chart",)),
    Kind("metric", "metric", "metrics", ("metric",)),
    Kind("pipeline", "pipeline", "pipelines", ("dataFlow",)),
    Kind("task", "task", "tasks", ("dataJob",)),
    Kind("document", "document", "documents", ("document",)),
    Kind("term", "glossary term", "glossary terms", ("glossaryTerm", "glossaryNode")),
    Kind("tag", "tag", "tags", ("tag",)),
    Kind("domain", "domain", "domains", ("domain",)),
    Kind("data_product", "data product", "data products", ("dataProduct",)),
    Kind("person", "person", "people", ("corpuser",)),
    Kind("team", "team", "teams", ("corpGroup",)),
    Kind("policy", "policy", "policies", ("policy", "dataHubPolicy")),
    Kind("model", "model", "models", ("mlModelGroup",)),
    Kind("model_version", "model version", "model versions", ("mlModel",)),
    Kind("model_deployment", "model deployment", "model deployments", ("mlModelDeployment",)),
    Kind("training_run", "training run", "training runs", ("dataProcessInstance",)),
    Kind("training_set", "training set", "training sets", ("trainingSet",)),
    Kind("feature", "feature", "features", ("mlFeature", "mlPrimaryKey")),
    Kind("feature_view", "feature view", "feature views", ("mlFeatureTable",)),
    Kind("prompt", "prompt", "prompts", ("prompt",)),
    Kind("agent", "agent", "agents", ("agent",)),
    Kind("agent_tool", "agent tool", "agent tools", ("agentTool",)),
    Kind("llm_app", "LLM app", "LLM apps", ("llmApp",)),
    Kind("embedding", "embedding", "embeddings", ("embedding",)),
    Kind("vector_store", "vector store", "vector stores", ("vectorStore",)),
)

KINDS: dict[str, Kind] = {kind.key: kind for kind in _ALL}
_BY_ENTITY = {entity: kind.key for kind in _ALL for entity in kind.entities}
ENTITY_OF = {kind.key: kind.entities[0] for kind in _ALL if kind.entities} | {"view": "dataset", "topic": "dataset"}


def kind_of(urn: str) -> str:
    """The kind a URN's own form tells; an entity type nobody registered is a custom kind of that name."""
    entity = parse(urn).entity
    return _BY_ENTITY.get(entity, entity)


def noun(kind: str, count: int = 1) -> str:
    """What people call `count` assets of a kind: "table", "glossary terms"; custom kinds keep their own name."""
    known = KINDS.get(kind)
    if known is None:
        return kind.replace("_", " ") + ("" if count == 1 else "s")
    return known.noun if count == 1 else known.plural
