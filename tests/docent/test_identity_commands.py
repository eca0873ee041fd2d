"""`docent identity`: what it shows, who may correct it, and that a correction can be taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from catalog.aspects import AccessRule, Documentation, Info, Owner, Ownership, Policy
from catalog.change import Change, Origin
from catalog.urn import dataset
from docent.app import Docent
from docent.cli import main

LOWER, UPPER, OTHER = (
    dataset("snowflake", name) for name in ("shop.public.orders", "SHOP.PUBLIC.ORDERS", "public.orders")
)
STEWARD = "urn:li:corpuser:stew"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "docent.toml").write_text('[workspace]\nname = "w"\n', encoding="utf-8")
    allow = AccessRule("allow", "change", who=(STEWARD,))
    with Docent.open(tmp_path, {}) as docent:
        docent.catalog.apply(
            Change(urn, value, Origin("files"))
            for urn, value in (
                (LOWER, Info("table", "orders")),
                (LOWER, Ownership((Owner("urn:li:corpuser:olga"),))),
                (UPPER, Documentation("Orders.")),
                (OTHER, Info("table", "orders, short")),
                ("urn:li:policy:p", Policy(access=(allow,))),
            )
        )
    return tmp_path


def run(workspace: Path, *words: str, viewer: str = "stew") -> Result:
    return CliRunner().invoke(main, ["identity", *words, "--as", viewer, "--workspace", str(workspace)])


def test_it_shows_members_rules_and_possible_twins(workspace: Path) -> None:
    shown = run(workspace, UPPER)
    assert shown.exit_code == 0, shown.output
    assert shown.output.splitlines()[0] == LOWER
    assert f"= {UPPER}" in shown.output
    assert "spelling: equal but for case or quotes" in shown.output
    assert f"? {OTHER}" in shown.output
    assert json.loads(run(workspace, "show", LOWER, "--json").output)["canonical"] == LOWER


def test_a_correction_holds_until_it_is_undone(workspace: Path) -> None:
    before = run(workspace, LOWER).output
    joined = run(workspace, "join", LOWER, OTHER)
    assert f"= {OTHER}\n      person" in joined.output
    assert run(workspace, "split", UPPER, LOWER).exit_code == 0
    assert f"≠ {UPPER}" in run(workspace, LOWER).output
    for a, b in ((LOWER, OTHER), (UPPER, LOWER)):
        assert run(workspace, "undo", a, b).exit_code == 0
    assert run(workspace, LOWER).output == before
    again = run(workspace, "undo", LOWER, OTHER)
    assert again.exit_code == 2
    assert "nothing to undo" in again.output


def test_who_may_not_change_is_told_whom_to_ask(workspace: Path) -> None:
    refused = run(workspace, "join", LOWER, OTHER, viewer="ana")
    assert refused.exit_code == 2
    assert "Ask olga" in refused.output
    assert f"= {OTHER}" not in run(workspace, LOWER).output


def test_an_unknown_name_says_so(workspace: Path) -> None:
    assert "Nothing that you may see is called 'nothing'" in run(workspace, "nothing").output
