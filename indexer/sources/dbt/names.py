"""The URNs of what a dbt project describes. Pure functions and one index from dbt unique ids to URNs.

A relation has the URN of its table in the warehouse, so that what other sources say of that table meets it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from catalog.urn import dataset, make, slug
from indexer.sources.dbt.records import Exposure, MetricDef, Relation

PLATFORM = "dbt"
_QUOTES = re.compile(r"[\"`\[\]]")
_RESERVED = str.maketrans({",": "%2C", "(": "%28", ")": "%29"})  # as DataHub encodes them inside a URN

# What an exposure's type is an asset of. An application is an LLM app only if its tags or meta say so (uses.py).
KIND_OF_USE = {"dashboard": "dashboard", "notebook": "document", "analysis": "document", "ml": "model"}


@dataclass
class Names:
    """How relations are named, and the URN and relation of every unique id met so far."""

    platform: str
    env: str
    database_in_names: bool
    urns: dict[str, str] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)  # a relation as SQL writes it, without quotes -> URN

    def qualified(self, relation: Relation) -> str:
        """`database.schema.table`, as the warehouse writes it, without parts that it has not."""
        database = relation.database if self.database_in_names else ""
        return ".".join(filter(None, (database, relation.schema, relation.identifier)))

    def urn(self, relation: Relation) -> str:
        """The URN of a relation's table."""
        return dataset(self.platform, self.qualified(relation).translate(_RESERVED), self.env)

    def add(self, relation: Relation, urn: str) -> None:
        """Remember under which URN a relation's unique ids are known."""
        if relation.relation:
            self.written[unquoted(relation.relation)] = urn
        for unique_id in relation.head.ids:
            self.urns[unique_id] = urn
            self.relations[unique_id] = relation


def unquoted(relation: str) -> str:
    """A relation as SQL writes it, without quotes and case."""
    return _QUOTES.sub("", relation).casefold()


def exposure_urn(exposure: Exposure, kind: str, env: str) -> str:
    """`urn:li:dashboard:(dbt,shop.weekly_sales)`; the entity follows the kind."""
    name = f"{exposure.head.package}.{exposure.head.name}".translate(_RESERVED)
    if kind == "model":
        return make("mlModelGroup", f"urn:li:dataPlatform:{PLATFORM}", name, env)
    return make({"llm_app": "llmApp"}.get(kind, kind), PLATFORM, name)


def metric_urn(metric: MetricDef) -> str:
    """`urn:li:metric:(dbt,shop.revenue)`; semantic models and saved queries have names of their own beside metrics."""
    within = "" if metric.head.type == "metric" else f"{metric.head.type}."
    return make("metric", PLATFORM, f"{metric.head.package}.{within}{metric.head.name}".translate(_RESERVED))


def flow_urn(project: str, env: str) -> str:
    """The dbt project as a pipeline."""
    return make("dataFlow", PLATFORM, project.translate(_RESERVED), env)


def test_urn(unique_id: str) -> str:
    """A dbt test."""
    return make("assertion", unique_id.translate(_RESERVED))


def term_urn(text: str) -> str:
    """A glossary term as people write it in `meta`; a URN stays one."""
    return text if text.startswith("urn:li:") else make("glossaryTerm", slug(text).translate(_RESERVED))


def domain_urn(text: str) -> str:
    """A domain as people write it in `meta`; a URN stays one."""
    return text if text.startswith("urn:li:") else make("domain", slug(text).translate(_RESERVED))
