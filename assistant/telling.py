"""How changes are told: a sentence for each difference, and the same as a typed fact. Pure over what a View shows."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.claims import Claim, SearchProof, Slot, claim, date, quote
from assistant.desk import Desk
from catalog.changes import ASSET, Changed
from catalog.codec import stamp
from catalog.database import moment
from catalog.differences import Difference
from catalog.urn import PREFIX

_QUOTED = 160

# How each difference is said. {on}: the column, check or field. Others: "the owner changed from A to B" and the like.
_WORDS = {
    "added": "{asset} was added",
    "removed": "{asset} was removed",
    "column added": "column {on} was added to {asset}",
    "column removed": "column {on} was removed from {asset}",
    "column retyped": "the type of column {on} of {asset} changed",
    "column description changed": "the description of column {on} of {asset} changed",
    "column made nullable": "column {on} of {asset} may be empty now",
    "column made required": "column {on} of {asset} may no longer be empty",
    "check began failing": "the check {on} on {asset} began failing",
    "check passes again": "the check {on} on {asset} passes again",
    "check added": "the check {on} was added to {asset}",
    "check removed": "the check {on} was removed from {asset}",
    "incident opened": "an incident was opened on {asset}: {on}",
    "incident resolved": "an incident on {asset} was resolved: {on}",
    "deprecated": "{asset} was deprecated",
    "no longer deprecated": "{asset} is no longer deprecated",
    "certified": "{asset} was certified",
    "no longer certified": "{asset} is no longer certified",
    "renamed": "{asset} was renamed",
    "moved": "{asset} was moved",
    "left": "{asset} left",
    "came back": "{asset} came back",
    "first given": "the {aspect} of {asset} was given for the first time",
    "no longer given": "the {aspect} of {asset} is no longer given",
    "field changed": "{on} in the {aspect} of {asset} changed",
}
# What people want to hear of first among what changed at one time; the rest comes after.
_WEIGHT = (
    "removed", "check began failing", "incident opened", "deprecated", "column removed", "column retyped", "owner",
    "left", "rules of access", "no longer certified", "replacement", "renamed", "description changed", "column added",
    "added",
)  # fmt: skip
_SINGLE = ("tier", "description", "domain", "logic", "replacement", "lead")
_ASPECTS = {"schema": "list of columns", "info": "basic facts"}
# Whose values are not said beside the words.
_BARE = ("added", "removed", "check began failing", "check passes again", "check added", "check removed",
         "incident opened", "incident resolved", "logic changed", "logic added")  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One difference of one change."""

    change: Changed
    difference: Difference


def weight(difference: Difference) -> int:
    """How early it is told; 0 first."""
    return next((n for n, start in enumerate(_WEIGHT) if difference.what.startswith(start)), len(_WEIGHT))


def sentence(desk: Desk, item: Item, proof: SearchProof) -> Claim:
    """A difference as a sentence. `proof` holds when it was observed and who said it."""
    change, difference = item.change, item.difference
    slots: dict[str, Slot] = {
        "at": date(moment(change.at)),
        "source": Slot("quote", change.source, change.source),
        "asset": _name(desk, change),
    }
    words = _WORDS.get(difference.what) or _plainly(difference.what)
    if "{on}" in words:
        field = difference.what == "field changed"
        slots["on"] = _field(difference) if field else quote(difference.on, _QUOTED)
    words = words.replace("{aspect}", _aspect(change.aspect))
    values, more = _values(desk, difference)
    return claim(f"{{at}}, {{source}}: {words}{values}.", [*change.evidence, proof], **slots, **more)


def _aspect(name: str) -> str:
    """An aspect as people call it: "list of columns", "list of checks", "lineage"."""
    plain = name.replace("_", " ")
    return _ASPECTS.get(name) or (f"list of {plain}" if plain.endswith("s") else plain)


def _plainly(what: str) -> str:
    """ "owner changed": "the owner of {asset} changed"; "tag added": "a tag of {asset} was added"."""
    noun, verb = what.rsplit(" ", 1)
    article = "the" if noun in _SINGLE or verb == "changed" else "an" if noun[0] in "aeiou" else "a"
    return f"{article} {noun} of {{asset}} {'changed' if verb == 'changed' else f'was {verb}'}"


def _name(desk: Desk, change: Changed) -> Slot:
    """The asset's name; of one that is gone, what it was called."""
    row = desk.view.asset(change.urn) or change.row
    return Slot("name", row.name if row else desk.view.name(change.urn), change.urn)


def _field(difference: Difference) -> Slot:
    return Slot("quote", difference.on.replace("_", " "), difference.on)


def _values(desk: Desk, difference: Difference) -> tuple[str, dict[str, Slot]]:
    """ " from {before} to {after}", as far as both are texts to be shown."""
    slots = {}
    if difference.what not in _BARE:
        for key in ("before", "after"):
            value = getattr(difference, key)
            if value:
                slots[key] = _value(desk, value)
    if len(slots) == 2:
        return " from {before} to {after}", slots
    return "".join(f": {{{key}}}" for key in slots), slots


def _value(desk: Desk, value: str) -> Slot:
    if value.startswith(PREFIX):
        return Slot("quote", desk.view.name(value), value)
    held = quote(value, _QUOTED)
    return Slot("quote", f"“{held.shown}”" if " " in held.shown else held.shown, held.held)


def fact(desk: Desk, item: Item) -> dict[str, object]:
    """A difference as the skill's typed result."""
    change, difference = item.change, item.difference
    return {
        "urn": change.urn,
        "name": _name(desk, change).shown,
        "aspect": "" if change.aspect == ASSET else change.aspect,
        "source": change.source,
        "at": stamp(moment(change.at)),
        "what": difference.what,
        "on": difference.on,
        "before": difference.before,
        "after": difference.after,
    }
