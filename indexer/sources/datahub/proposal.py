"""Records of a metadata file as Proposals: what is said, of whom, when. Pure functions; no files, no meaning.

Two forms: a MetadataChangeProposal holds one aspect as JSON (`json`) or as JSON text (`value`, `contentType`); the
older MetadataChangeEvent holds a snapshot with a list of aspects, each under its class name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.errors import BadInput, RecordInvalid
from catalog.urn import parse
from indexer.safe_load import parse_json
from indexer.sources.datahub.body import Body, from_millis, unwrap

# Snapshot classes whose aspect name is not the class name with a small first letter.
_ASPECT_OF_CLASS = {
    "TrainingData": "mlModelTrainingData",
    "EvaluationData": "mlModelEvaluationData",
    "Metrics": "mlModelMetrics",
    "QuantitativeAnalyses": "mlModelQuantitativeAnalyses",
    "EthicalConsiderations": "mlModelEthicalConsiderations",
    "CaveatsAndRecommendations": "mlModelCaveatsAndRecommendations",
    "EditableMLModelProperties": "editableMlModelProperties",
    "EditableMLModelGroupProperties": "editableMlModelGroupProperties",
    "EditableMLFeatureProperties": "editableMlFeatureProperties",
    "EditableMLFeatureTableProperties": "editableMlFeatureTableProperties",
    "EditableMLPrimaryKeyProperties": "editableMlPrimaryKeyProperties",
}
# Aspects that are events in time: each stands for itself, a later one does not replace an earlier one.
TIMED = {
    "datasetProfile",
    "datasetUsageStatistics",
    "dashboardUsageStatistics",
    "chartUsageStatistics",
    "queryUsageStatistics",
    "operation",
    "assertionRunEvent",
    "dataProcessInstanceRunEvent",
}


@dataclass(frozen=True)
class Where:
    """A record's place: file (in reading order) and index in it."""

    file: int
    index: int


@dataclass(frozen=True)
class Proposal:
    """One aspect of one entity. `seen`: when DataHub or the aspect itself says so; None when neither does."""

    urn: str
    entity: str
    aspect: str
    body: Body
    where: Where
    action: str = "UPSERT"  # CREATE and the like count as UPSERT; else DELETE or PATCH
    seen: datetime | None = None
    operations: tuple[Any, ...] = ()  # of a PATCH

    @property
    def time(self) -> datetime | None:
        """The moment an event stands for."""
        return self.body.time("timestampMillis")


def proposals(record: object, where: Where) -> Iterator[Proposal]:
    """The proposals in one record. Raises RecordInvalid for what is neither of the two forms."""
    if not isinstance(record, dict):
        raise RecordInvalid("not an object")
    snapshot = record.get("proposedSnapshot")
    if snapshot:
        yield from _event(snapshot, record, where)
    elif "aspectName" in record:
        yield _proposal(record, where)
    else:
        raise RecordInvalid(
            "neither a MetadataChangeProposal (entityUrn, aspectName, aspect) nor a MetadataChangeEvent"
        )


def _proposal(record: dict[str, Any], where: Where) -> Proposal:
    name = record["aspectName"]
    urn = record.get("entityUrn")
    if not isinstance(urn, str) or not isinstance(name, str):
        raise RecordInvalid("entityUrn and aspectName must be text")
    content = _content(record.get("aspect"), name)
    action = str(record.get("changeType") or "UPSERT")
    action = action if action in ("DELETE", "PATCH") else "UPSERT"
    if action == "PATCH":
        operations = content.get("patch") if isinstance(content, dict) else content
        if not isinstance(operations, list):
            raise RecordInvalid(f"the PATCH of {name} holds no list of operations")
        return _made(urn, name, {}, record, where, action, tuple(operations))
    if action == "DELETE":
        return _made(urn, name, {}, record, where, action)
    if not isinstance(content, dict):
        raise RecordInvalid(f"{name} holds no JSON object")
    return _made(urn, name, content, record, where, action)


def _content(aspect: object, name: str) -> object:
    held = unwrap(aspect)
    if not isinstance(held, dict):
        return None
    if "json" in held:
        return held["json"]
    value = unwrap(held.get("value"))
    if isinstance(value, str):
        return parse_json(value, name)
    return held if "contentType" not in held else None


def _event(snapshot: object, record: dict[str, Any], where: Where) -> Iterator[Proposal]:
    inner = unwrap(snapshot)
    urn = inner.get("urn") if isinstance(inner, dict) else None
    aspects = inner.get("aspects") if isinstance(inner, dict) else None
    if not isinstance(urn, str) or not isinstance(aspects, list):
        raise RecordInvalid("the snapshot has no urn or no list of aspects")
    for aspect in aspects:
        if not isinstance(aspect, dict) or len(aspect) != 1:
            raise RecordInvalid("an aspect of the snapshot is not an object with its class name as the one key")
        for name, content in aspect.items():
            if not isinstance(content, dict):
                raise RecordInvalid(f"{name} holds no JSON object")
            yield _made(urn, aspect_name(name), content, record, where, "UPSERT")


def aspect_name(class_name: str) -> str:
    """com.linkedin.pegasus2avro.schema.SchemaMetadata -> schemaMetadata; MLModelProperties -> mlModelProperties."""
    short = class_name.rsplit(".", 1)[-1]
    if short in _ASPECT_OF_CLASS:
        return _ASPECT_OF_CLASS[short]
    if short.startswith("ML"):
        return "ml" + short[2:]
    return short[:1].lower() + short[1:]


def _made(
    urn: str,
    name: str,
    content: dict[str, Any],
    record: dict[str, Any],
    where: Where,
    action: str,
    operations: tuple[Any, ...] = (),
) -> Proposal:
    try:
        entity = parse(urn).entity
    except BadInput as error:
        raise RecordInvalid(str(error)) from error
    body = Body(content, name)
    return Proposal(urn, entity, name, body, where, action, _seen(record, body, name), operations)


def _seen(record: dict[str, Any], body: Body, name: str) -> datetime | None:
    if name in TIMED and (own := body.time("timestampMillis")):
        return own  # a profile loaded late still speaks of its own day
    system = unwrap(record.get("systemMetadata"))
    observed = from_millis(unwrap(system.get("lastObserved"))) if isinstance(system, dict) else None
    return observed or body.time("lastModified", "auditStamp", "timestampMillis", "created")
