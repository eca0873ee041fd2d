"""Lineage as a picture: Mermaid and DOT text from the facts of an answer. Pure.

Names come from catalogs and may be hostile: every name is written as data (entities in Mermaid, escapes in DOT), node
ids are made here, and control characters go, so that no name can end its label or add a line.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.errors import UrnInvalid
from catalog.urn import column_parts, name_of, parse

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _.-/")
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
_DASHED = ("filter", "join")


@dataclass(frozen=True)
class Drawn:
    """One arrow: from node to node (places in `Drawing.nodes`), how, and whether values travel along it."""

    source: int
    target: int
    how: str
    flows: bool


@dataclass(frozen=True)
class Drawing:
    """Nodes by name, columns gathered in the box of their asset, and the arrows. `complete`: nothing was left out."""

    nodes: tuple[str, ...]
    groups: tuple[tuple[str, tuple[int, ...]], ...]  # (name of the asset, its columns); nodes outside stand alone
    arrows: tuple[Drawn, ...]
    complete: bool


def drawing_of(facts: Mapping[str, Any]) -> Drawing:
    """The picture of an answer's facts (`nodes`, `edges`, `influences`)."""
    edges = [*facts.get("edges", ()), *facts.get("influences", ())]
    urns = [one["urn"] for one in facts.get("nodes", ())]
    urns += [edge[end] for edge in edges for end in ("from", "to")]
    if facts.get("asset") and not facts.get("column"):
        urns.insert(0, facts["asset"])
    places = {urn: at for at, urn in enumerate(dict.fromkeys(urns))}
    groups: dict[str, list[int]] = {}
    for urn, at in places.items():
        if (owner := _owner_of(urn)) is not None:
            groups.setdefault(owner, []).append(at)
    arrows = dict.fromkeys(
        Drawn(places[edge["from"]], places[edge["to"]], edge.get("how", ""), edge.get("how") not in _DASHED)
        for edge in edges
    )
    named = tuple((label(owner), tuple(held)) for owner, held in groups.items())
    return Drawing(tuple(map(label, places)), named, tuple(arrows), bool(facts.get("complete", True)))


def label(urn: str) -> str:
    """What a node is called: a column by its own name, anything else by the name in its URN."""
    try:
        return name_of(urn)
    except UrnInvalid:
        return urn


def _owner_of(urn: str) -> str | None:
    try:
        return column_parts(urn)[0] if parse(urn).entity == "schemaField" else None
    except UrnInvalid:
        return None


def mermaid(drawing: Drawing) -> str:
    """A Mermaid flowchart, left to right."""
    lines = ["flowchart LR"]
    inside = {at for _, held in drawing.groups for at in held}
    for number, (owner, held) in enumerate(drawing.groups):
        lines.append(f'  subgraph g{number}["{_entities(owner)}"]')
        lines += [f'    n{at}["{_entities(drawing.nodes[at])}"]' for at in held]
        lines.append("  end")
    lines += [f'  n{at}["{_entities(name)}"]' for at, name in enumerate(drawing.nodes) if at not in inside]
    for arrow in drawing.arrows:
        line = "-->" if arrow.flows else "-.->"
        how = f'|"{_entities(arrow.how)}"|' if arrow.how else ""
        lines.append(f"  n{arrow.source} {line}{how} n{arrow.target}")
    if not drawing.complete:
        lines.append('  more["and more, not drawn"]')
    return "\n".join(lines)


def dot(drawing: Drawing) -> str:
    """A Graphviz digraph, left to right."""
    lines = ["digraph lineage {", "  rankdir=LR;", "  node [shape=box];"]
    inside = {at for _, held in drawing.groups for at in held}
    for number, (owner, held) in enumerate(drawing.groups):
        lines += [f"  subgraph cluster_{number} {{", f"    label={_quoted(owner)};"]
        lines += [f"    n{at} [label={_quoted(drawing.nodes[at])}];" for at in held]
        lines.append("  }")
    lines += [f"  n{at} [label={_quoted(name)}];" for at, name in enumerate(drawing.nodes) if at not in inside]
    for arrow in drawing.arrows:
        style = "" if arrow.flows else ", style=dashed"
        lines.append(f"  n{arrow.source} -> n{arrow.target} [label={_quoted(arrow.how)}{style}];")
    if not drawing.complete:
        lines.append('  more [label="and more, not drawn", shape=plaintext];')
    return "\n".join([*lines, "}"])


def _visible(text: str) -> str:
    return "".join(char for char in text if unicodedata.category(char) not in _INVISIBLE)


def _entities(text: str) -> str:
    """Text inside a Mermaid label: everything but plain letters, digits and a few marks as a numbered entity."""
    return "".join(char if char in _PLAIN else f"#{ord(char)};" for char in _visible(text)) or " "


def _quoted(text: str) -> str:
    """Text as a DOT string: backslash and quote escaped, so that no escape sequence of DOT is meant."""
    shown = _visible(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{shown}"'
