"""Exposures, metrics, semantic models and saved queries, as aspects. Pure functions from records to aspects."""

from __future__ import annotations

import re

from catalog.aspects import Info, Metric
from indexer.sources.dbt.names import KIND_OF_USE, PLATFORM
from indexer.sources.dbt.records import Exposure, MetricDef
from indexer.sources.dbt.tables import facts

_LLM = frozenset(("llm", "llms", "llm_app", "llm-app", "genai", "gen-ai", "rag", "chatbot", "copilot"))


def kind_of(exposure: Exposure) -> str:
    """The kind of asset an exposure is. dbt cannot say "LLM app": an application with such a tag or meta is one."""
    if exposure.use == "application":
        words = {word.lower() for word in exposure.head.tags}
        words |= {str(exposure.head.meta.get(key)).lower() for key in ("kind", "type")}
        return "llm_app" if words & _LLM else "application"
    return KIND_OF_USE.get(exposure.use, "exposure")


def exposure_info(exposure: Exposure, kind: str) -> Info:
    """What the exposure is and where it opens."""
    head = exposure.head
    safe = re.match(r"https?://", exposure.url, re.IGNORECASE)
    return Info(
        kind=kind,
        name=head.label or head.name,
        platform=PLATFORM,
        qualified_name=f"{head.package}.{head.name}",
        subtype=f"dbt {exposure.use} exposure" if exposure.use else "dbt exposure",
        url=exposure.url if safe else "",
        properties=facts(head, maturity=exposure.maturity, dbt_url="" if safe else exposure.url),
    )


def metric_info(metric: MetricDef) -> Info:
    """What the metric, semantic model or saved query is."""
    head = metric.head
    subtype = f"dbt {metric.kind}" if head.type != "metric" else " ".join(filter(None, ("dbt", metric.kind, "metric")))
    return Info(
        kind="metric",
        name=head.label or head.name,
        platform=PLATFORM,
        qualified_name=f"{head.package}.{head.name}",
        subtype=subtype,
        properties=facts(head, dbt_name="" if head.label in ("", head.name) else head.name, **dict(metric.facts)),
    )


def metric_body(metric: MetricDef) -> Metric:
    """How it is computed and sliced."""
    return Metric(
        expression=metric.expression,
        type=metric.kind,
        dimensions=metric.dimensions,
        time_grain=metric.grain,
        filters=metric.filters,
        unit=str(metric.head.meta.get("unit") or ""),
    )
