"""The JSON Schema for editors says what the reader says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from indexer.safe_load import parse_yaml, plain
from indexer.sources.files import schema

ROOT = Path(__file__).parents[2]
VALIDATOR = Draft202012Validator(schema.schema())


def test_schema_json_is_up_to_date() -> None:
    held = (ROOT / "indexer" / "sources" / "files" / "schema.json").read_text(encoding="utf-8")
    assert held == schema.text(), "Run: python -m indexer.sources.files.schema indexer/sources/files/schema.json"
    assert json.loads(held) == schema.schema()


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema.schema())


def test_the_schema_accepts_every_documented_example() -> None:
    page = (ROOT / "docs" / "sources" / "files.md").read_text(encoding="utf-8").split("## A whole example")[1]
    examples = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert len(examples) > 8
    for example in examples:
        problems = [error.message for error in VALIDATOR.iter_errors(plain(parse_yaml(example, "files.md").root))]
        assert problems == []


@pytest.mark.parametrize(
    "text",
    [
        "poeple: []",
        "people: [{name: Ana}]",
        "people: [{id: ana, emial: x}]",
        "people: [{id: ana souza}]",
        "metrics: [{id: m, checks: [{name: c, status: passed}]}]",
        "metrics: [{id: m, owners: [{role: steward}]}]",
        "policies: [{id: p, access: [{effect: forbid}]}]",
        "people: [{id: ana, joined: yesterday}]",
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(text: str) -> None:
    assert not VALIDATOR.is_valid(plain(parse_yaml(text, "t.yaml").root))
