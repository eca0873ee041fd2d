"""PATCH proposals as two bodies: what they add and what they take away. Pure; knows DataHub's patch paths only.

DataHub patches address an item of a list by its key fields (`/upstreams/URN`, `/owners/URN/TYPE`), not by its place, so
an operation can be read without the aspect it changes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from indexer.sources.datahub.body import Body
from indexer.sources.datahub.proposal import Proposal

# The fields that a path's further segments stand for, by the list they point into.
_KEYS: dict[str, tuple[str, ...]] = {
    "upstreams": ("dataset",),
    "tags": ("tag",),
    "terms": ("urn",),
    "owners": ("owner", "type"),
    "elements": ("url",),
    "properties": ("propertyUrn",),
    "inputEdges": ("destinationUrn",),
    "chartEdges": ("destinationUrn",),
    "datasetEdges": ("destinationUrn",),
    "dashboards": ("destinationUrn",),
    "assets": ("destinationUrn",),
    "inputDatasetEdges": ("destinationUrn",),
    "outputDatasetEdges": ("destinationUrn",),
    "inputDatajobEdges": ("destinationUrn",),
}
_MAPS = ("customProperties",)
_URN_LISTS = ("charts", "datasets", "inputs", "domains", "mlFeatures", "inputDatasets", "outputDatasets", "siblings")


def split(patch: Proposal) -> tuple[Proposal, Proposal, list[str]]:
    """The proposal's additions and removals as plain proposals, and the paths that mean nothing here."""
    added: dict[str, Any] = {}
    removed: dict[str, Any] = {}
    unknown: list[str] = []
    for operation in patch.operations:
        op, path = (operation.get("op"), operation.get("path")) if isinstance(operation, dict) else (None, None)
        if not isinstance(path, str) or not path.startswith("/") or op not in ("add", "replace", "remove"):
            unknown.append(str(path)[:120])
            continue
        keys = [part.replace("~1", "/").replace("~0", "~") for part in path[1:].split("/")]
        into, value = (removed, None) if op == "remove" else (added, operation.get("value"))
        if not _put(into, keys[0], keys[1:], value):
            unknown.append(path[:120])
    return (
        replace(patch, action="ADD", body=Body(added, patch.aspect)),
        replace(patch, action="REMOVE", body=Body(removed, patch.aspect)),
        unknown,
    )


def _put(into: dict[str, Any], name: str, keys: list[str], value: Any) -> bool:
    if not keys:
        if value is not None:
            into[name] = value
        return value is not None
    if name in _MAPS:
        into.setdefault(name, {})["/".join(keys)] = "" if value is None else value
        return True
    item = _item(name, keys, value)
    if item is not None:
        into.setdefault(name, []).append(item)
    return item is not None


def _item(name: str, keys: list[str], value: Any) -> Any:
    more = value if isinstance(value, dict) else {}
    if name == "fineGrainedLineages" and len(keys) == 4:
        operation, downstream, query, upstream = keys
        named = {"transformOperation": operation, "query": query}
        edge = {"upstreams": [upstream], "downstreams": [downstream]}
        return more | edge | {key: text for key, text in named.items() if text != "NONE"}
    if name == "editableSchemaFieldInfo":
        return _field_item(keys, value)
    if name in _URN_LISTS and not more:
        return keys[0]
    if name in _KEYS:
        return dict(zip(_KEYS[name], keys, strict=False)) | more
    return None


def _field_item(keys: list[str], value: Any) -> Any:
    """`PATH/globalTags/tags/URN` and `PATH/glossaryTerms/terms/URN`, or `PATH/description`."""
    if len(keys) == 4 and keys[1:3] == ["globalTags", "tags"]:
        return {"fieldPath": keys[0], "globalTags": {"tags": [{"tag": keys[3]}]}}
    if len(keys) == 4 and keys[1:3] == ["glossaryTerms", "terms"]:
        return {"fieldPath": keys[0], "glossaryTerms": {"terms": [{"urn": keys[3]}]}}
    if len(keys) == 2 and keys[1] == "description" and isinstance(value, str):
        return {"fieldPath": keys[0], "description": value}
    return None
