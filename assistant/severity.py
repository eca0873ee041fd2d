"""How serious it is that a change hits an asset: a rule over its kind and marks, the same for all. Pure.

Critical: what acts or is shown by itself in production (agents, LLM apps, applications, models in production) and what
people marked as most important (tier 1) or certified among what is looked at. Serious: what people or models use
directly. Minor: what nobody uses, is archived or deprecated. Everything else is ordinary. docs/lineage.md says so.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from catalog.reader import AssetRow

Severity = Literal["critical", "serious", "ordinary", "minor"]
ORDER: tuple[Severity, ...] = ("critical", "serious", "ordinary", "minor")

_ACTING = frozenset({"agent", "llm_app", "application", "model_deployment"})
_USED_DIRECTLY = frozenset({
    "dashboard", "chart", "metric", "model", "model_version", "feature", "feature_view", "data_product",
    "agent_tool", "vector_store", "embedding", "prompt",
})  # fmt: skip
_OVER = frozenset({"archived", "deprecated", "unused"})


def severity_of(row: AssetRow | None) -> Severity:
    """How serious a hit on this asset is; of one that nobody describes nothing is known, so it is ordinary."""
    if row is None:
        return "ordinary"
    if row.marks & _OVER and "production" not in row.marks:
        return "minor"
    if row.kind in _ACTING or "production" in row.marks or "tier 1" in row.marks:
        return "critical"
    if row.kind in _USED_DIRECTLY:
        return "critical" if "certified" in row.marks else "serious"
    return "serious" if "certified" in row.marks else "ordinary"


def order_of(severity: Severity, hops: int, last_used: datetime | None, name: str) -> tuple[int, int, float, str]:
    """Sorts hits: most serious first, then nearest, then most lately used, then by name."""
    return (ORDER.index(severity), hops, -last_used.timestamp() if last_used else 0.0, name)
