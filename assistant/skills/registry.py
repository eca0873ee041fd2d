"""What a skill is, and the registry: one line each. A skill is one file; its docstring is what a planner reads.

Third parties add skills as entry points in the group "docent.skills", each naming a Skill.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from assistant.claims import Draft
from assistant.desk import Call, Desk

# What data is made of and flows through; terms, people, policies and documents only speak of it.
DATA_KINDS = (
    "table", "view", "topic", "dashboard", "chart", "metric", "pipeline", "task", "feature", "feature_view", "model",
    "model_version", "training_set", "training_run", "vector_store", "agent", "llm_app", "application", "data_product",
)  # fmt: skip


@dataclass(frozen=True)
class Skill:
    """One kind of question. `examples` show it with {asset}, {column}, {term} or {topic} where the question's own
    words stand. `cues` are words that speak for it. `kinds`: what its subject may be; empty: anything.
    `needs`: "asset" when it is about one thing, "pair" when about two, "topic" when its words are searched for, "any"
    when it can do without, "nothing" when only the form of a question leads to it: the router does not choose such a
    skill.
    """

    name: str
    doc: str
    examples: tuple[str, ...]
    answer: Callable[[Desk, Call], Draft]
    cues: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    needs: str = "asset"
    directions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    decides: str = ""  # a pattern: words that, beside the name of an asset, leave no doubt about the kind of question


_SKILLS = (
    "assistant.skills.find",
    "assistant.skills.describe",
    "assistant.skills.owner",
    "assistant.skills.lineage",
    "assistant.skills.impact",
    "assistant.skills.path",
    "assistant.skills.definition",
    "assistant.skills.quality",
    "assistant.skills.sensitive",
    "assistant.skills.may_use",
    "assistant.skills.count",
    "assistant.skills.choose",
    "assistant.skills.compare",
    "assistant.skills.join",
    "assistant.skills.changes",
    "assistant.skills.talk",
    "assistant.skills.clarify",
)


@cache
def skills() -> dict[str, Skill]:
    """Every skill by name, in the order of the registry."""
    found: list[Skill] = [import_module(module).SKILL for module in _SKILLS]
    found += [point.load() for point in entry_points(group="docent.skills")]
    return {skill.name: skill for skill in found}
