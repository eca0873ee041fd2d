"""The labelled pairs: the bar is met, and rules that are made too easy are caught by it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from catalog.errors import BadInput
from catalog.identity import IdentityRules, Known, Member, resolve
from catalog.identity.platforms import environment
from catalog.urn import parse
from docent.cli import main
from evals.bench_identity import bench_identity

DATA = Path(__file__).parents[2] / "evals" / "data"
SETS = [DATA / "identity_pairs.json", DATA / "identity_set_aside.json"]


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_no_wrong_merge_and_nearly_every_right_one(path: Path) -> None:
    report = bench_identity(path)
    assert report["wrong_merges"] == 0
    assert report["recall"] >= 0.98
    assert report["passed"]


def test_there_are_enough_pairs_of_both_kinds() -> None:
    pairs = [pair for path in SETS for pair in json.loads(path.read_text())]
    assert len(pairs) >= 300
    assert min(sum(pair["same"] for pair in pairs), sum(not pair["same"] for pair in pairs)) >= 100


def fold_everywhere(known: Known, rules: IdentityRules) -> Mapping[str, Member]:
    """Sabotage: case never counts."""
    small = {urn: urn.lower() for urn in known.urns}
    return _grouped(small) | resolve(known, rules)


def ignore_environment(known: Known, rules: IdentityRules) -> Mapping[str, Member]:
    """Sabotage: all environments are one."""
    names = {urn: str(replace(parse(urn), parts=(*parse(urn).parts[:2], "PROD"))) for urn in known.urns}
    return _grouped(names) | resolve(known, rules)


def ignore_platform(known: Known, rules: IdentityRules) -> Mapping[str, Member]:
    """Sabotage: an equal name is an equal thing."""
    return _grouped({urn: f"{parse(urn).parts[1]}|{environment(parse(urn).parts[2])}" for urn in known.urns})


def _grouped(names: Mapping[str, str]) -> dict[str, Member]:
    first: dict[str, str] = {}
    for urn, name in sorted(names.items()):
        first.setdefault(name, urn)
    return {urn: Member(urn, first[name], "sabotage") for urn, name in names.items()}


@pytest.mark.parametrize(
    "judge", [fold_everywhere, ignore_environment, ignore_platform], ids=lambda judge: judge.__name__
)
def test_a_sabotaged_rule_is_caught(judge: object) -> None:
    report = bench_identity(SETS[0], judge)  # type: ignore[arg-type]
    assert report["wrong_merges"] > 0
    assert not report["passed"]


def test_rules_that_join_nothing_are_caught() -> None:
    report = bench_identity(SETS[0], lambda known, rules: {})
    assert report["recall"] < 0.98
    assert not report["passed"]


def test_the_command_prints_its_figures_and_fails_below_the_bar(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["bench", "identity", "--cases", str(SETS[0]), "--totals"])
    assert done.exit_code == 0
    assert "wrong merges 0" in done.output
    a, b = ({"source": "datahub", "urn": f"urn:li:dataset:(urn:li:dataPlatform:kafka,{name},PROD)"} for name in "aA")
    (tmp_path / "cases.json").write_text(json.dumps([{"a": a, "b": b, "same": True, "why": "a label that is wrong"}]))
    done = CliRunner().invoke(main, ["bench", "identity", "--cases", str(tmp_path / "cases.json")])
    assert done.exit_code == 1
    assert "missed 1" in done.output


@pytest.mark.parametrize(
    "text", ["{}", "[", '[{"a": {}}]', '[{"a": {"source": "dbt"}, "b": {"source": "dbt"}, "same": true}]']
)
def test_cases_that_cannot_be_read_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "cases.json").write_text(text)
    with pytest.raises(BadInput):
        bench_identity(tmp_path / "cases.json")
