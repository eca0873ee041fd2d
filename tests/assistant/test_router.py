"""Which kind of question it is, by words alone."""

from __future__ import annotations

import pytest

from assistant.router import Router, mask, masked
from assistant.skills.registry import Skill, skills

ROUTER = Router(list(skills().values()))
ROUTED = {name: skill for name, skill in skills().items() if skill.needs != "nothing"}


@pytest.mark.parametrize("skill", ROUTED.values(), ids=lambda skill: skill.name)
def test_every_example_of_a_skill_leads_to_it(skill: Skill) -> None:
    for example in skill.examples:
        ranked = ROUTER.rank(masked(example))
        best = ranked[0].score
        assert skill.name in {one.skill.name for one in ranked if one.score >= best - 1e-9}, example


@pytest.mark.parametrize(
    ("question", "spans", "skill"),
    [
        ("Who is the owner of dim_rider these days?", ["dim_rider"], "owner"),
        ("where does the Board KPIs dashboard come from", ["Board KPIs"], "lineage"),
        ("what is the meaning of active customer", ["active customer"], "definition"),
        ("can we trust fct_invoices", ["fct_invoices"], "quality"),
    ],
)
def test_questions_in_other_words_lead_to_their_skill(question: str, spans: list[str], skill: str) -> None:
    assert ROUTER.rank(mask(question, spans))[0].skill.name == skill


def test_a_name_that_looks_like_a_cue_does_not_decide() -> None:
    question = mask("who owns lineage_quality_definition?", ["lineage_quality_definition"])
    assert question == "who owns it ?"
    assert ROUTER.rank(question)[0].skill.name == "owner"


def test_the_rank_has_every_skill_once_and_does_not_change() -> None:
    first = [(one.skill.name, one.score) for one in ROUTER.rank("who owns it")]
    assert sorted(name for name, _ in first) == sorted(ROUTED)
    assert first == [(one.skill.name, one.score) for one in ROUTER.rank("who owns it")]
    assert [score for _, score in first] == sorted((score for _, score in first), reverse=True)


def test_no_words_at_all_still_give_a_rank() -> None:
    assert len(ROUTER.rank("")) == len(ROUTER.rank("💥 ...")) == len(ROUTED)
