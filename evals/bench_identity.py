"""Do two spellings name one asset? Labelled pairs against the rules of identity.

`docent bench identity --cases FILE`: a JSON list of {"a", "b", "same", "why", "config"?, "context"?}. A side is
{"source": "dbt"|"database"|"datahub", "urn", "instance"?, "siblings"?} or {"source": "openlineage", "namespace",
"name"}. `config` is what the company has told (instances, hosts, default_database, namespaces), `context` other known
URNs. A wrong merge joins what is labelled as two things; a miss leaves one thing as two.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.errors import BadInput
from catalog.identity import Beside, IdentityRules, Known, Link, resolve, rules_of, urn_of
from catalog.urn import PREFIX

_DBT = f"{PREFIX}dataPlatform:dbt"
RECALL = 0.98  # the bar, with 0 wrong merges
_IN_CODE = ("dbt", "openlineage")
Judge = Callable[[Known, IdentityRules], Mapping[str, Any]]


@dataclass(frozen=True)
class Pair:
    """One labelled case."""

    ident: str
    kind: str
    a: Mapping[str, Any]
    b: Mapping[str, Any]
    same: bool
    why: str
    rules: IdentityRules
    context: tuple[str, ...] = ()


def bench_identity(path: Path, judge: Judge = resolve) -> dict[str, Any]:
    """Counts over all pairs, by rule and by kind of case. `judge`: the rules, or a control in their place."""
    rules: Counter[str] = Counter()
    kinds: dict[str, Counter[str]] = {}
    wrong: list[str] = []
    missed: list[str] = []
    pairs = read_pairs(path)
    for pair in pairs:
        rule = joined_by(pair, judge)
        outcome = ("right" if rule else "missed") if pair.same else ("wrong" if rule else "apart")
        kinds.setdefault(pair.kind or "all", Counter())[outcome] += 1
        if rule and pair.same:
            rules[rule] += 1
        if outcome in ("wrong", "missed"):
            (wrong if outcome == "wrong" else missed).append(pair.ident)
    same = sum(pair.same for pair in pairs)
    return {
        "pairs": len(pairs),
        "same": same,
        "right_merges": same - len(missed),
        "wrong_merges": len(wrong),
        "missed": len(missed),
        "recall": round((same - len(missed)) / same, 4) if same else None,
        "passed": not wrong and (same - len(missed)) >= RECALL * same,
        "by_rule": dict(rules.most_common()),
        "by_kind": {kind: dict(sorted(counts.items())) for kind, counts in sorted(kinds.items())},
        "wrong": wrong,
        "missed_cases": missed,
    }


def joined_by(pair: Pair, judge: Judge = resolve) -> str:
    """The rule that joins the two sides of a pair; "" when they stay apart."""
    urns = [_urn(side, pair.rules) for side in (pair.a, pair.b)]
    beside = {urn: _beside(side) for urn, side in zip(urns, (pair.a, pair.b), strict=True)}
    if urns[0] == urns[1]:
        return "same urn"
    links = [
        Link(urn, other, "sibling", str(side["source"]))
        for urn, side in zip(urns, (pair.a, pair.b), strict=True)
        for other in side.get("siblings", ())
    ]
    found = judge(Known((*urns, *pair.context), links, beside), pair.rules)
    one, other = (found.get(urn) for urn in urns)
    if one is None or other is None or one.canonical != other.canonical:
        return ""
    return str(one.rule if one.rule != "canonical" else other.rule)


def _urn(side: Mapping[str, Any], rules: IdentityRules) -> str:
    if side["source"] == "openlineage":
        return urn_of(side["namespace"], side["name"], rules, side.get("env", ""))
    return str(side["urn"])


def _beside(side: Mapping[str, Any]) -> Beside:
    return Beside(side.get("instance", ""), side["source"] in _IN_CODE)


def read_pairs(path: Path) -> list[Pair]:
    """The cases of a file. Raises BadInput, saying which one cannot be read."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise BadInput(f"{path} cannot be read as cases: {error}.") from error
    if not isinstance(body, list):
        raise BadInput(f"{path} must be a JSON list of cases.")
    return [_pair(path, number, item) for number, item in enumerate(body, 1)]


def _pair(path: Path, number: int, item: Any) -> Pair:
    try:
        a, b = item["a"], item["b"]
        for side in (a, b):
            if not ("namespace" in side and "name" in side if side["source"] == "openlineage" else "urn" in side):
                raise BadInput(f"{path}: case {number} has a side without 'urn' or without 'namespace' and 'name'.")
        return Pair(
            str(item.get("id", number)),
            str(item.get("kind", "")),
            a,
            b,
            bool(item["same"]),
            str(item.get("why", "")),
            _rules(item.get("config") or {}),
            tuple(item.get("context") or ()),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{path}: case {number} is not readable: {error!r}. It needs 'a', 'b' and 'same'.") from error


def _rules(config: Mapping[str, Any]) -> IdentityRules:
    """A case's configuration in the words of [identity]."""
    namespaces = dict(config.get("namespaces", {}))
    body: dict[str, Any] = {name: config[name] for name in ("instances", "hosts") if name in config}
    if "default_database" in config:
        body["databases"] = config["default_database"]
    dbt = namespaces.pop(_DBT, None)
    if dbt is not None:
        body["platforms"] = {"dbt": dbt["platform"]}
    if namespaces:
        body["namespaces"] = namespaces
    return rules_of(body)


def render(report: Mapping[str, Any], totals_only: bool = False) -> str:
    """The figures as text."""
    lines = [
        f"pairs {report['pairs']}, of them one thing {report['same']}",
        f"right merges {report['right_merges']}, missed {report['missed']}, recall {report['recall']}",
        f"wrong merges {report['wrong_merges']}",
        "by rule: " + ", ".join(f"{rule} {count}" for rule, count in report["by_rule"].items()),
    ]
    if not totals_only:
        for kind, counts in report["by_kind"].items():
            lines.append(f"  {kind:22} " + ", ".join(f"{name} {count}" for name, count in counts.items()))
        lines += [f"  wrong: {', '.join(report['wrong'])}"] if report["wrong"] else []
        lines += [f"  missed: {', '.join(report['missed_cases'])}"] if report["missed_cases"] else []
    return "\n".join(lines)
