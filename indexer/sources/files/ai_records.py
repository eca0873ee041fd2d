"""Entries of models, training, features, prompts, agents and vector stores to their own aspects. Pure functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from catalog import ai_aspects as ai
from catalog.aspects import Aspect
from catalog.kinds import kind_of
from indexer.sources.files import ai_entries as e
from indexer.sources.files.placing import Placed, References


def ai_aspect(placed: Placed, refs: References) -> Aspect | None:
    """The aspect that only entries of this kind have, or None."""
    for record, make in _MAKERS.items():
        if isinstance(placed.entry, record):
            return make(placed, refs)
    return None


def same_fields(aspect: type, entry: object) -> dict[str, Any]:
    """The plain values of `entry` whose names `aspect` shares; both are dataclasses."""
    shared = {item.name for item in fields(aspect)} & {item.name for item in fields(entry)}  # type: ignore[arg-type]
    return {name: getattr(entry, name) for name in sorted(shared)}


def _model(placed: Placed, refs: References) -> Aspect:
    values = same_fields(ai.ModelInfo, placed.entry)
    if label := values["production_version"]:
        values["production_version"] = refs.name_or_urn(f"model_version:{placed.name}.{label}")
    return ai.ModelInfo(**values)


def _version(placed: Placed, refs: References) -> Aspect:
    entry = placed.entry
    values = same_fields(ai.ModelVersion, entry) | {
        "version": entry.id,
        "training_run": refs.one(entry, "training_run"),
        "training_sets": tuple(urn for urn in refs.many(entry, "trained_on") if kind_of(urn) == "training_set"),
        "features": refs.many(entry, "features"),
        "approved_by": refs.one(entry, "approved_by"),
    }
    return ai.ModelVersion(**values)


def _training_set(placed: Placed, refs: References) -> Aspect:
    approved_by = refs.one(placed.entry, "approved_by")
    return ai.TrainingSet(**same_fields(ai.TrainingSet, placed.entry) | {"approved_by": approved_by})


def _training_run(placed: Placed, refs: References) -> Aspect:
    return ai.TrainingRun(**same_fields(ai.TrainingRun, placed.entry) | {"by": refs.one(placed.entry, "by")})


def _feature(placed: Placed, refs: References) -> Aspect:
    return ai.Feature(**same_fields(ai.Feature, placed.entry), view=placed.parent)


def _feature_view(placed: Placed, refs: References) -> Aspect:
    return ai.FeatureView(**same_fields(ai.FeatureView, placed.entry) | {"features": placed.inner})


def _prompt(placed: Placed, refs: References) -> Aspect:
    values = same_fields(ai.Prompt, placed.entry)
    return ai.Prompt(**values | {"model": refs.name_or_urn(values["model"])})


def _agent(placed: Placed, refs: References) -> Aspect:
    values = same_fields(ai.Agent, placed.entry)
    urns = {key: refs.many(placed.entry, key) for key in ("prompts", "tools", "vector_stores")}
    return ai.Agent(**values | urns | {"model": refs.name_or_urn(values["model"])})


def _agent_tool(placed: Placed, refs: References) -> Aspect:
    return ai.AgentTool(**same_fields(ai.AgentTool, placed.entry))


def _vectors(placed: Placed, refs: References) -> Aspect:
    return ai.VectorStore(**same_fields(ai.VectorStore, placed.entry))


_MAKERS: dict[type, Callable[[Placed, References], Aspect]] = {
    e.ModelEntry: _model,
    e.ModelVersionEntry: _version,
    e.TrainingSetEntry: _training_set,
    e.TrainingRunEntry: _training_run,
    e.FeatureEntry: _feature,
    e.FeatureViewEntry: _feature_view,
    e.PromptEntry: _prompt,
    e.AgentEntry: _agent,  # and LLM apps
    e.AgentToolEntry: _agent_tool,
    e.EmbeddingEntry: _vectors,  # and vector stores
}
