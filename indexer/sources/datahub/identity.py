"""What a URN alone tells of an asset: kind, name, platform, environment; and which entities are no assets. Pure."""

from __future__ import annotations

from dataclasses import replace

from catalog.aspects import Info
from catalog.kinds import kind_of
from catalog.urn import env_of, name_of, parse, platform_of

# What these say belongs to other assets; see piece.About.
SATELLITES = ("assertion", "query", "incident", "dataContract", "dataProcessInstance")
# What these say is their name, shown in place of their URN; see piece.Named.
NAMES = ("ownershipType", "structuredProperty", "test")

_NO_ASSETS = {
    "dataPlatform": "a platform is a property of assets, not an asset",
    "dataPlatformInstance": "a platform instance is a property of assets, not an asset",
    "post": "an announcement in DataHub's own pages",
    "dataType": "a type of DataHub's own model",
    "entityType": "a type of DataHub's own model",
    "form": "a form of DataHub's own pages",
    "globalSettings": "a setting of DataHub itself",
    "inviteToken": "a credential of DataHub itself",
    "telemetry": "a setting of DataHub itself",
    "lifecycleStageType": "a setting of DataHub itself",
    "searchTemplate": "a setting of DataHub itself",
    "platformResource": "a connector's own notes",
    "versionSet": "its members carry their versions",
    "role": "roles of other systems are not read",
}
_KIND_OF_ENTITY = {"aiAgent": "agent", "agentSkill": "agent_tool", "api": "agent_tool"}
_TOPICS = {"kafka", "pulsar", "kinesis", "pubsub", "confluent", "redpanda", "rabbitmq", "event-hub"}
_FILES = {"s3", "gcs", "abs", "adls", "adlsGen1", "adlsGen2", "hdfs", "file", "dbfs", "delta-lake", "excel"}


def why_no_asset(entity: str) -> str:
    """Why an entity type is not read; "" if it is."""
    if entity in _NO_ASSETS:
        return _NO_ASSETS[entity]
    return "a setting of DataHub itself" if entity.startswith("dataHub") else ""


def identified(urn: str, said: Info) -> Info:
    """`said` with what it leaves open filled in from the URN."""
    parsed = parse(urn)
    platform = platform_of(urn) or said.platform  # a schema may be written in another platform's dialect
    full = parsed.parts[-1] if parsed.entity in ("metric", "semanticModel") else name_of(urn)
    kind = said.kind or _KIND_OF_ENTITY.get(parsed.entity, "")
    if not kind:
        kind = "topic" if parsed.entity == "dataset" and platform in _TOPICS else kind_of(urn)
    return replace(
        said,
        kind=kind,
        name=said.name or _short(parsed.entity, platform, full),
        platform=platform,
        qualified_name=said.qualified_name or (full if parsed.entity == "dataset" else ""),
        env=said.env or env_of(urn),
    )


def _short(entity: str, platform: str, full: str) -> str:
    """shop.public.orders -> orders; topics keep their whole name, files their last path step."""
    if entity == "glossaryTerm":
        return full.rsplit(".", 1)[-1]
    if entity != "dataset" or platform in _TOPICS:
        return full
    if platform in _FILES or "/" in full:
        return full.rstrip("/").rsplit("/", 1)[-1] or full
    return full.rsplit(".", 1)[-1] or full
