"""The account of a DataHub metadata file: every entity and field in it, and what became of each.

Reads the file twice, once as plain JSON and once through the connector, and compares. Writes nothing but its report:
`python -m evals.check_datahub FILE...`; exits 1 if anything in a file is unaccounted for.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog.aspects import Schema
from catalog.change import Change, Skipped
from indexer.sources.datahub import read

_INDEX = re.compile(r"\[(\d+)\]")


@dataclass
class Account:
    """Entities by URN, fields as (data set, place), and what the connector did with them."""

    records: int = 0
    entities: dict[str, set[int]] = field(default_factory=dict)
    emitted: set[str] = field(default_factory=set)
    carried: set[str] = field(default_factory=set)
    skipped: dict[str, str] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    silent: list[int] = field(default_factory=list)
    fields_seen: int = 0
    fields_emitted: int = 0
    errors: int = 0
    by_name: Counter[str] = field(default_factory=Counter)

    @property
    def complete(self) -> bool:
        """Whether every entity, record and field is accounted for and nothing was broken."""
        return not self.lost and not self.silent and not self.errors and self.fields_seen == self.fields_emitted


def account(path: Path) -> Account:
    """The account of one file that holds a JSON list."""
    made = Account()
    places: dict[str, set[int]] = defaultdict(set)
    fields: dict[str, int] = {}
    for index, record in enumerate(json.loads(path.read_text("utf-8"))):
        made.records += 1
        urn, schema = _entity(record)
        places[urn].add(index)
        if schema is not None:
            fields[urn] = len({item["fieldPath"] for item in schema["fields"]})
    made.entities, made.fields_seen = dict(places), sum(fields.values())
    used, passed = _read(path, made)
    for urn, indexes in places.items():
        if urn in made.emitted:
            continue
        if indexes & used:
            made.carried.add(urn)
        elif reasons := [passed[index] for index in sorted(indexes) if index in passed]:
            made.skipped[urn] = reasons[0]
        else:
            made.lost.append(urn)
    made.silent = [index for index in range(made.records) if index not in used and index not in passed]
    return made


def _entity(record: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    if snapshot := record.get("proposedSnapshot"):
        held = next(iter(snapshot.values()))
        named = {name.rsplit(".", 1)[-1]: value for aspect in held["aspects"] for name, value in aspect.items()}
        return held["urn"], named.get("SchemaMetadata")
    schema = record["aspect"]["json"] if record["aspectName"] == "schemaMetadata" else None
    return record["entityUrn"], schema


def _read(path: Path, made: Account) -> tuple[set[int], dict[int, str]]:
    """The records that a Change points at, and those skipped with the name they were skipped under."""
    used: set[int] = set()
    passed: dict[int, str] = {}
    for record in read(path):
        if isinstance(record, Change):
            made.emitted.add(record.urn)
            used |= {int(number) for number in _INDEX.findall(record.origin.pointer)}
            if isinstance(record.value, Schema):
                made.fields_emitted += len(record.value.columns)
        elif isinstance(record, Skipped):
            made.by_name[record.what] += 1
            made.errors += record.error
            passed[int(record.pointer.strip("[]"))] = record.what
    made.emitted &= set(made.entities)
    return used, passed


def report(path: Path, made: Account) -> str:
    """The account as lines of text."""
    lines = [
        f"{path.name}: {made.records} records, {len(made.entities)} entities: {len(made.emitted)} emitted, "
        f"{len(made.carried)} carried by the assets they are about, {len(made.skipped)} skipped by name, "
        f"{len(made.lost)} lost",
        f"  fields: {made.fields_seen} seen, {made.fields_emitted} emitted; errors: {made.errors}; "
        f"records without a trace: {len(made.silent)}",
    ]
    entities = Counter(made.skipped.values())
    lines += [f"  skipped {count:5}  {what}" for what, count in sorted(entities.items())]
    lines += [f"  counted {count:5}  {what}" for what, count in sorted(made.by_name.items()) if what not in entities]
    lines += [f"  LOST {urn}" for urn in made.lost]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Print the account of each file; 1 if one is not complete."""
    accounts = [(path, account(path)) for path in map(Path, arguments)]
    for path, made in accounts:
        sys.stdout.write(report(path, made) + "\n")
    return 0 if all(made.complete for _, made in accounts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
