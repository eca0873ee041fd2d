"""Golden questions: the format, what each scorer sees, the bars, and answers that were held back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.answer import Answer, Citation, finish
from assistant.claims import AssetHit, Coverage, Draft, Proof, SearchProof, claim, count
from assistant.grounding import Ungrounded
from catalog.errors import BadInput
from evals.golden import GOLDEN, read_golden, render, run_golden

DRAFT = Draft(
    "answered",
    (claim("{n} assets.", [SearchProof("x", 1, 3, 3)], n=count(3)),),
    Coverage(3, 3, True, datetime(2026, 3, 1, tzinfo=UTC)),
    facts={
        "owners": [{"urn": "urn:ana"}, {"urn": "urn:ben"}],
        "checks": [{"name": "unique", "status": "fail"}, {"name": "total", "status": "pass"}],
        "fresh": True,
    },
    assets=(AssetHit("urn:orders", "orders", "table"),),
)


class Told:
    """Answers every question with one draft, and holds back what asks for a lie."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []

    def ask(self, question: str, viewer: str | None = None) -> Answer:
        self.asked.append((question, viewer))
        if "lie" in question:
            raise Ungrounded("“9 assets.” is not proved")
        return finish(DRAFT, "a1", question, "owner", self._cite)

    def _cite(self, proof: Proof, ident: str, number: int) -> Citation:
        return Citation(ident, proof.ref(), number, "search")


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "golden.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def failures(tmp_path: Path, checks: str) -> list[str]:
    report = run_golden(Told(), written(tmp_path, f"- question: who?\n  {checks}\n"))
    return [failure for one in report.scored for failure in one.failures]


@pytest.mark.parametrize(
    "checks",
    [
        "skill: [find, owner]", "verdict: answered", "asset: [urn:other, urn:orders]", "facts: {owners: [urn:ben]}",
        "facts: {failing: [unique], fresh: true}", "text_has: [3 ASSETS]", "text_lacks: salary",
    ],
)  # fmt: skip
def test_what_is_right_passes(tmp_path: Path, checks: str) -> None:
    assert failures(tmp_path, checks) == []


@pytest.mark.parametrize(
    ("checks", "why"),
    [
        ("skill: find", "skill owner, not find"),
        ('verdict: ["no", unknown]', "verdict answered, not no or unknown"),
        ("asset: urn:other", "first asset urn:orders, not urn:other"),
        ("facts: {owners: [urn:ben, urn:eve]}", "facts.owners lacks urn:eve"),
        ("facts: {failing: [total]}", "facts.failing lacks total"),
        ("facts: {fresh: false}", "facts.fresh is True, not False"),
        ("text_has: salary", "the text lacks “salary”"),
        ("text_lacks: Assets", "the text says “Assets”"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, checks: str, why: str) -> None:
    assert failures(tmp_path, checks) == [why]


def test_the_viewer_of_an_entry_asks(tmp_path: Path) -> None:
    told = Told()
    run_golden(told, written(tmp_path, "- {question: a, as: ana}\n- {question: b}\n"))
    assert told.asked == [("a", "ana"), ("b", None)]


def test_the_bar_is_nine_of_ten_right(tmp_path: Path) -> None:
    right, wrong = "- {question: a, verdict: answered}\n", "- {question: a, verdict: unknown}\n"
    assert run_golden(Told(), written(tmp_path, right * 9 + wrong)).passed
    report = run_golden(Told(), written(tmp_path, right * 8 + wrong * 2))
    assert not report.passed
    assert report.to_json()["right"] == 0.8


def test_one_answer_held_back_misses_the_bar_and_the_run_goes_on(tmp_path: Path) -> None:
    report = run_golden(Told(), written(tmp_path, "- question: lie?\n" + "- question: a?\n" * 30))
    assert len(report.scored) == 31
    assert report.right > 0.9
    assert report.supported < 1.0
    assert not report.passed
    assert "lie?" in render(report)
    assert "not proved" in render(report)


@pytest.mark.parametrize("text", ["{a: 1}", "- 3", "- {id: x}", "- [", "\x00"])
def test_a_file_that_is_none_is_bad_input(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput):
        read_golden(written(tmp_path, text))


def test_an_empty_folder_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        run_golden(Told(), tmp_path)


def test_the_demo_questions_are_read_and_have_ids_of_their_own() -> None:
    ids = [golden.id for file in sorted(GOLDEN.glob("*.yaml")) for golden in read_golden(file)]
    assert len(ids) >= 60
    assert len(ids) == len(set(ids))
