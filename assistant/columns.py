"""How skills speak of columns and of the steps between them: names as slots, how a value travels, the expression.

Shared by lineage, impact and path. Reads through the desk's View only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assistant.claims import Claim, Proving, Slot, claim, count, quote, status
from assistant.desk import Desk
from catalog.aspects import Lineage, Schema
from catalog.column_trail import WHOLE, urn_of
from catalog.edges import ColumnKey, ColumnStep, Direction

SHOWN = 8
EVERY = "*"  # in place of a column: all columns of the asset
_EXPRESSION = 160  # characters of an expression that are quoted

# How a column is made from those before it, and how those go on into it.
_MADE = {"identity": "is copied from", "aggregate": "is aggregated from"}
_GOES = {"identity": "is copied to", "aggregate": "is aggregated into"}


def column_slot(desk: Desk, key: ColumnKey) -> Slot:
    """The name of a column with its table; of the asset alone where the whole of it is meant."""
    urn, column = key
    row = desk.view.asset(urn)
    short = desk.view.name(urn)
    if row is not None and row.kind in ("table", "view", "topic") and row.qualified_name:
        short = ".".join(row.qualified_name.split(".")[-2:])
    return Slot("name", short, urn) if column in WHOLE else Slot("name", f"{short}.{column}", column)


def made_from(desk: Desk, key: ColumnKey, steps: Sequence[ColumnStep], direction: Direction) -> tuple[Claim, ...]:
    """What a column is directly made from, or goes into: a sentence for each way of travelling."""
    words = _MADE if direction == "up" else _GOES
    default = "is computed from" if direction == "up" else "goes into"
    claims = []
    for how in dict.fromkeys(step.how for step in steps):
        same = [step for step in steps if step.how == how]
        ends = list(dict.fromkeys(step.key(direction) for step in same))
        more = [desk.searched(f"{how} {direction}stream of {urn_of(key)}", len(ends))] if len(ends) > SHOWN else []
        template = f"{{column}} {words.get(how, default)} {{ends}}" + (", and more: {all} in all." if more else ".")
        slots = {"all": count(len(ends))} if more else {}
        claims.append(
            claim(
                template,
                [*(desk.view.evidence(step) for step in same), *more],
                column=column_slot(desk, key),
                ends=[column_slot(desk, end) for end in ends[:SHOWN]],
                **slots,
            )
        )
    return tuple(claims)


def expression_of(desk: Desk, step: ColumnStep) -> str:
    """The expression by which a step makes its column, as its source wrote it; "" when nobody says."""
    held = desk.read(step.urn, Lineage)
    for said in held.said if held else ():
        if said.evidence != desk.view.evidence(step):
            continue
        for edge in said.value.columns:
            ends = (edge.source_urn, edge.source_column, edge.column, edge.how)
            if ends == (step.upstream, step.upstream_column, step.column, step.how):
                return edge.expression
    return ""


def expressions(desk: Desk, steps: Iterable[ColumnStep]) -> tuple[Claim, ...]:
    """How the columns that these steps make are written, each once."""
    claims: dict[tuple[ColumnKey, str], Claim] = {}
    for step in steps:
        text = "" if step.how == "identity" else expression_of(desk, step)
        if text and text.casefold() != step.upstream_column.casefold():
            key = (step.urn, step.column)
            said = claim(
                "{column} is written as {text}.", [desk.view.evidence(step)], column=column_slot(desk, key),
                text=quote(text, _EXPRESSION),
            )  # fmt: skip
            claims.setdefault((key, text), said)
    return tuple(claims.values())


def influences(desk: Desk, steps: Sequence[ColumnStep], direction: Direction) -> tuple[Claim, ...]:
    """Filters and joins: columns that choose rows and whose values go nowhere."""
    if not steps:
        return ()
    ends = list(dict.fromkeys(step.key("up") if direction == "up" else (step.urn, "*") for step in steps))
    shown = ends[:SHOWN]
    template = (
        "Rows are chosen by {ends}; their values do not flow into it."
        if direction == "up"
        else "It also chooses rows of {ends}, without its values going there."
    )
    mine = [desk.view.evidence(s) for s in steps if (s.key("up") if direction == "up" else (s.urn, "*")) in shown]
    return (claim(template, mine, ends=[column_slot(desk, end) for end in shown]),)


def inferred_note(desk: Desk, edges: Sequence[ColumnStep], about: str) -> tuple[Claim, ...]:
    """How many of the steps nobody declared."""
    unsure = [step for step in edges if step.basis != "declared"]
    if not unsure:
        return ()
    proofs = [
        desk.searched(f"{basis} steps of {about}", sum(s.basis == basis for s in unsure))
        for basis in ("parsed", "inferred")
    ]
    words: list[str] = []
    slots: dict[str, Slot] = {}
    for basis, proof in zip(("parsed", "inferred"), proofs, strict=True):
        if proof.matched:
            words.append(f"{{n_{basis}}} {'was' if proof.matched == 1 else 'were'} {{{basis}}}")
            slots |= {f"n_{basis}": count(proof.matched), basis: status(basis, _BASIS[basis])}
    some = {step.basis: desk.view.evidence(step) for step in unsure}
    return (claim("Of these steps, " + " and ".join(words) + ".", [*proofs, *some.values()], **slots),)


_BASIS = {"parsed": "read from SQL", "inferred": "inferred"}


def spelled(desk: Desk, urn: str, column: str) -> str:
    """A column as the schema spells it, else as it was asked for."""
    schema = desk.read(urn, Schema)
    names = [one.name for one in schema.value.columns] if schema else []
    return next((name for name in names if name.casefold() == column.casefold()), column)


def has_column(desk: Desk, urn: str, column: str) -> bool:
    """Whether the asset has this column, as far as its schema is known."""
    schema = desk.read(urn, Schema)
    return schema is None or any(one.name.casefold() == column.casefold() for one in schema.value.columns)


def starts_of(desk: Desk, urn: str, column: str) -> list[ColumnKey]:
    """The columns a walk begins at: the one asked for, or all of the asset."""
    if column != EVERY:
        return [(urn, spelled(desk, urn, column))]
    schema = desk.read(urn, Schema)
    return [(urn, one.name) for one in schema.value.columns] if schema else []


def proof_of_column(desk: Desk, urn: str, column: str) -> list[Proving]:
    """The schema that says there is this column, if one does."""
    held = desk.read(urn, Schema) if column else None
    named = held is not None and any(one.name == column for one in held.value.columns)
    return [held.proof(lambda value: any(one.name == column for one in value.columns))] if held and named else []
