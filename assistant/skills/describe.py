"""What an asset or a column is: what people wrote about it, where it lives, its columns, and what to watch out for."""

from __future__ import annotations

import re
from typing import Any

from assistant.caveats import caveats
from assistant.claims import Claim, Draft, Slot, claim, count, date, name, quote, status
from assistant.desk import Call, Desk, Filters, Subject, disputed
from assistant.skills import owner
from assistant.skills.registry import Skill
from assistant.subjects import forbidden, hit, kind_words, others_note, qualified, unresolved
from catalog.access import Level
from catalog.ai_aspects import ModelVersion
from catalog.aspects import (
    Classification,
    Column,
    Deprecation,
    Documentation,
    Info,
    Membership,
    Ownership,
    Schema,
    Terms,
)
from catalog.merge import Held, Said, differing
from catalog.reader import AssetRow

_COLUMNS_SHOWN = 12
_DOCUMENTS = 3


def answer(desk: Desk, call: Call) -> Draft:
    """Describe the subject; a subject with a column is that column."""
    row = desk.view.asset(call.subject.urn) if call.subject else None
    if call.subject is None or row is None:
        return unresolved(desk, call)
    if row.level is not Level.READ:
        return forbidden(desk, row.urn)
    if row.kind in ("person", "team"):
        return owner.owned_by(desk, row.urn)
    if call.subject.column:
        return _column(desk, row, call.subject)
    documentation = desk.read(row.urn, Documentation)
    schema = desk.read(row.urn, Schema)
    return Draft(
        "answered",
        (_what(desk, row), *_written(desk, row, documentation)),
        desk.coverage(() if documentation else (f"a description of {row.name}",)),
        (*caveats(desk, row.urn), *_disputes(desk, row.urn, documentation), *others_note(desk, call.subject)),
        (
            *_elsewhere(desk, row.urn, row.name if documentation is None else ""),
            *_place(desk, row),
            *_columns(desk, row, schema),
            *_meanings(desk, row.urn),
            *_version(desk, row.urn),
        ),
        _facts(desk, row.urn, documentation, schema),
        (hit(desk, row.urn), *call.subject.others),
        (f"Who owns {row.name}?", f"Can I trust {row.name}?", f"Where does {row.name} come from?"),
    )


def _what(desk: Desk, row: AssetRow) -> Claim:
    info = desk.read(row.urn, Info)
    if info is None:
        return claim("{asset} is in the catalog.", [desk.proof_of(row.urn)], asset=desk.slot(row.urn))
    proofs: list[Said[Any] | None] = list(info.said)
    kind = kind_words(desk, row.urn)
    article = "an" if kind[0] in "aeioALLM" and kind[0] not in "M" else "a"
    if info.value.platform and kind in ("table", "view", "dashboard", "chart", "topic"):
        where = Slot("quote", info.value.platform, info.value.platform)
        template = f"{{asset}} is {article} {kind} in {{platform}}."
        return claim(template, proofs, asset=qualified(desk, row.urn), platform=where)
    return claim(f"{{asset}} is {article} {kind}.", proofs, asset=qualified(desk, row.urn))


def _written(desk: Desk, row: AssetRow, documentation: Held[Documentation] | None) -> tuple[Claim, ...]:
    if documentation is None or not documentation.value.text.strip():
        nothing = desk.searched(f"description of {row.urn}", 0)
        return (claim("Nobody has described {asset} yet.", [nothing], asset=desk.slot(row.urn)),)
    return (claim("{text}", [documentation.said[0]], text=quote(documentation.value.text)),)


def _elsewhere(desk: Desk, urn: str, named: str) -> tuple[Claim, ...]:
    """What documents say that name the thing: where nobody described it in its own place, a runbook often did."""
    claims = []
    words = f"{desk.view.name(urn)} {named}"
    for found in desk.finder.search(words, Filters(kinds=("document",)), _DOCUMENTS) if named else ():
        held = desk.read(found.urn, Documentation)
        said = _sentence_with(held.value.text, named) if held else ""
        if held is not None and said:
            document = desk.slot(found.urn)
            claims.append(claim("{document} says: “{said}”", [held.said[0]], document=document, said=quote(said, 250)))
    return tuple(claims)


def _sentence_with(text: str, named: str) -> str:
    """The line or sentence of a text in which a name stands; "" when it does not."""
    lines = (part for line in text.splitlines() for part in re.split(r"(?<=[.!?])\s", line))
    wanted = re.compile(rf"\b{re.escape(named)}\b", re.IGNORECASE)
    return next((part.strip() for part in lines if wanted.search(part)), "")


def _place(desk: Desk, row: AssetRow) -> tuple[Claim, ...]:
    claims = []
    membership, owners = desk.read(row.urn, Membership), desk.read(row.urn, Ownership)
    if membership is not None and membership.value.domain and desk.view.asset(membership.value.domain):
        claims.append(claim("Domain: {domain}.", membership.said, domain=desk.slot(membership.value.domain)))
    if owners is not None and owners.value.owners:
        slots = [desk.slot(owner.urn) for owner in owners.value.owners]
        claims.append(claim("Owned by {owners}.", [owners.said[0]], owners=slots))
    return tuple(claims)


def _columns(desk: Desk, row: AssetRow, schema: Held[Schema] | None) -> tuple[Claim, ...]:
    if schema is None or not schema.value.columns:
        return ()
    columns = schema.value.columns
    shown = [Slot("quote", column.name, column.name) for column in columns[:_COLUMNS_SHOWN]]
    if len(columns) <= _COLUMNS_SHOWN:
        return (claim("Columns: {columns}.", schema.said, columns=shown),)
    top = max(schema.said, key=lambda one: len(one.value.columns))
    total = count(len(top.value.columns))
    return (claim("The first of its {total} columns: {columns}.", [top, *schema.said], total=total, columns=shown),)


def _meanings(desk: Desk, urn: str) -> tuple[Claim, ...]:
    terms = desk.read(urn, Terms)
    visible = [term for term in (terms.value.terms if terms else ()) if desk.view.asset(term)]
    if terms is None or not visible:
        return ()
    return (claim("Glossary: {terms}.", terms.said, terms=[desk.slot(term) for term in visible]),)


def _version(desk: Desk, urn: str) -> tuple[Claim, ...]:
    """What matters of a model version: its stage, when it was trained, its metrics."""
    held = desk.read(urn, ModelVersion)
    if held is None:
        return ()
    claims, proof, version = [], [held.said[0]], held.value
    if version.stage:
        claims.append(claim("Stage: {stage}.", proof, stage=status(version.stage)))
    if version.trained_at:
        claims.append(claim("Trained on {at}.", proof, at=date(version.trained_at)))
    if version.training_sets:
        sets = [desk.slot(urn) for urn in version.training_sets if desk.view.asset(urn)]
        if sets:
            claims.append(claim("Training data: {sets}.", proof, sets=sets))
    for key, value in version.metrics:
        shown = Slot("number", f"{value:g}", repr(value))
        claims.append(claim("{metric}: {value}.", proof, metric=Slot("quote", key, key), value=shown))
    return tuple(claims)


def _column(desk: Desk, row: AssetRow, subject: Subject) -> Draft:
    schema = desk.read(row.urn, Schema)
    columns = schema.value.columns if schema else ()
    column = next((one for one in columns if one.name.casefold() == subject.column.casefold()), None)
    if schema is None or column is None:
        return unresolved(desk, Call("describe", topic=f"{row.name}.{subject.column}"), "column")
    return Draft(
        "answered",
        _column_lead(desk, row, schema, column),
        desk.coverage(() if column.description else (f"a description of {row.name}.{column.name}",)),
        (
            *_sensitive(desk, row.urn, column),
            *_column_disputes(desk, row.urn, schema, column),
            *others_note(desk, subject),
        ),
        (*_column_details(desk, schema, column), *_elsewhere(desk, row.urn, column.name)),
        {"column": column.name, "type": column.type, "description": column.description},
        (hit(desk, row.urn), *subject.others),
        (f"Where does {row.name}.{column.name} come from?", f"Who owns {row.name}?"),
    )


def _says(column: Column, field: str) -> Any:
    wanted = getattr(column, field)
    return lambda value: any(
        c.name.casefold() == column.name.casefold() and getattr(c, field) == wanted for c in value.columns
    )


def _column_lead(desk: Desk, row: AssetRow, schema: Held[Schema], column: Column) -> tuple[Claim, ...]:
    slots = {"column": name(row.urn, f"{row.name}.{column.name}")}
    if column.type:
        proof = [schema.proof(_says(column, "type"))]
        first = claim("{column} is a column of type {type}.", proof, **slots, type=quote(column.type))
    else:
        first = claim("{column} is a column.", [schema.said[0]], **slots)
    if not column.description:
        nothing = desk.searched(f"description of {row.urn} {column.name}", 0)
        return (first, claim("Nobody has described it yet.", [nothing]))
    proof = [schema.proof(_says(column, "description"))]
    return (first, claim("{text}", proof, text=quote(column.description)))


def _sensitive(desk: Desk, urn: str, column: Column) -> tuple[Claim, ...]:
    held = desk.read(urn, Classification)
    found = [c for name_, c in (held.value.classes if held else ()) if name_.casefold() == column.name.casefold()]
    if held is None or not found:
        return ()
    return (claim("It holds {classes}.", held.said, classes=[quote(one) for one in found]),)


def _column_details(desk: Desk, schema: Held[Schema], column: Column) -> tuple[Claim, ...]:
    claims = []
    terms = [term for term in column.terms if desk.view.asset(term)]
    if terms:
        claims.append(claim("Glossary: {terms}.", schema.said, terms=[desk.slot(term) for term in terms]))
    for key in schema.value.foreign_keys:
        if column.name in key.columns and desk.view.asset(key.target):
            claims.append(claim("It refers to {target}.", schema.said, target=qualified(desk, key.target)))
    return tuple(claims)


def _column_disputes(desk: Desk, urn: str, schema: Held[Schema], column: Column) -> tuple[Claim, ...]:
    """What sources say otherwise of a column's type or description."""

    def theirs(value: Schema, part: str) -> list[Slot]:
        named = (one for one in value.columns if one.name.casefold() == column.name.casefold())
        return [quote(getattr(one, part), 200) for one in named if part in differing(one, column)]

    return (
        *disputed(desk, urn, schema, lambda value: theirs(value, "type"), "the type"),
        *disputed(desk, urn, schema, lambda value: theirs(value, "description"), "the description"),
    )


def _disputes(desk: Desk, urn: str, documentation: Held[Documentation] | None) -> tuple[Claim, ...]:
    if documentation is None:
        return ()
    return disputed(desk, urn, documentation, lambda said: [quote(said.text, 200)], "the description")


def _facts(
    desk: Desk, urn: str, documentation: Held[Documentation] | None, schema: Held[Schema] | None
) -> dict[str, object]:
    held = desk.read(urn, Deprecation)
    deprecation = held.value if held else Deprecation()
    replacement = deprecation.replacement if desk.view.asset(deprecation.replacement or urn) else ""
    return {
        "description": documentation.value.text if documentation else "",
        "deprecated": deprecation.deprecated,
        "replacement": replacement or None,
        "columns": [{"name": c.name, "type": c.type} for c in (schema.value.columns if schema else ())],
    }


SKILL = Skill(
    "describe",
    __doc__,
    (
        "what is {asset}",
        "what is in {asset}",
        "describe {asset}",
        "tell me about {asset}",
        "what does {asset} contain",
        "what columns does {asset} have",
        "what does the column {column} mean",
        "what is {column}",
        "show me the schema of {asset}",
        "explain {asset}",
        "is {asset} deprecated",
        "can I still use {asset}",
        "should I use {asset}",
        "is it ok to use {asset}",
        "can I build on {asset}",
        "{asset}, ok to use",
        "what is one row of {asset}",
        "which columns are in {asset}",
        "is {asset} still in use",
        "is there a replacement for {asset}",
        "what does {asset} count",
        "what are the columns of {asset}",
        "what should I use instead of {asset}",
        "what type is {column}",
        "what kind of data is in {asset}",
    ),
    answer,
    cues=(
        "what",
        "describe",
        "about",
        "columns",
        "fields",
        "schema",
        "contain",
        "contains",
        "explain",
        "type",
        "deprecated",
        "instead",
        "replacement",
    ),
)
