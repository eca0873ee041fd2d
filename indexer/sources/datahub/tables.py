"""Readers of what a data set is: properties, columns, view logic. Pure; lineage and measurements are elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from catalog.aspects import Column, ForeignKey, Info, Logic, Schema, Tags
from catalog.errors import UrnInvalid
from catalog.urn import column_parts
from indexer.sources.datahub.body import Body
from indexer.sources.datahub.common import described, edited, key, tag_names, term_urns
from indexer.sources.datahub.fieldpath import names, readable
from indexer.sources.datahub.piece import EDITED, SOURCE, Piece, Reader, Unused
from indexer.sources.datahub.proposal import Proposal


def _properties(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    yield from described(proposal, body, "name")
    yield Piece(proposal.urn, Info(qualified_name=body.text("qualifiedName"), url=body.text("uri")))
    if tags := body.texts("tags"):
        yield Piece(proposal.urn, Tags(tags))


def _schema(proposal: Proposal) -> Iterator[Piece | Unused]:
    body = proposal.body
    fields = body.bodies("fields")
    keys = {readable(path) for path in body.texts("primaryKeys")}
    columns = []
    for position, (field, name) in enumerate(zip(fields, names(f.text("fieldPath") for f in fields), strict=True), 1):
        if name:
            columns.append(_column(field, name, position, keys))
        else:
            yield Unused("field without a path of its own", f"{field.path}: the path is empty or stands twice", True)
    foreign = tuple(made for item in body.bodies("foreignKeys") if (made := _foreign_key(item)))
    yield Piece(proposal.urn, Schema(tuple(columns), foreign))
    platform = body.urn("platform")
    yield Piece(proposal.urn, Info(platform=platform.rsplit(":", 1)[-1]))


def _column(field: Body, name: str, position: int, keys: set[str]) -> Column:
    return Column(
        name=name,
        type=field.text("nativeDataType") or _type_name(field),
        description=field.text("description"),
        nullable=field.flag("nullable"),
        primary_key=bool(field.flag("isPartOfKey")) or name in keys,
        tags=tag_names(field.body("globalTags")),
        terms=term_urns(field.body("glossaryTerms")),
        position=position,
        label=field.text("label"),
    )


def _type_name(field: Body) -> str:
    """The class name in {"type": {"com.linkedin...schema.StringType": {}}} as a word: string."""
    held = field.fields.get("type")
    held = held.get("type") if isinstance(held, dict) else None
    name = next(iter(held), "") if isinstance(held, dict) else ""
    return name.rsplit(".", 1)[-1].removesuffix("Type").lower()


def column_of(urn: str) -> tuple[str, str]:
    """The asset and the readable column of a schemaField URN; ("", "") if it is none."""
    try:
        owner, path = column_parts(urn)
    except UrnInvalid:
        return "", ""
    return owner, readable(path)


def _foreign_key(item: Body) -> ForeignKey | None:
    target = item.urn("foreignDataset")
    ours = tuple(column_of(urn)[1] for urn in item.urns("sourceFields"))
    theirs = tuple(column_of(urn)[1] for urn in item.urns("foreignFields"))
    return ForeignKey(ours, target, theirs, item.text("name")) if target and any(ours) else None


def _edited_schema(proposal: Proposal) -> Iterator[Piece]:
    columns = [
        Column(
            readable(path),
            description=field.text("description"),
            tags=tag_names(field.body("globalTags")),
            terms=term_urns(field.body("glossaryTerms")),
        )
        for field in proposal.body.bodies("editableSchemaFieldInfo")
        if (path := field.text("fieldPath"))
    ]
    if columns:
        yield Piece(proposal.urn, Schema(tuple(columns)), EDITED)


def _view(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    dbt = ":dataPlatform:dbt," in proposal.urn  # dbt's table models carry their SQL here too, marked materialized
    kind = "table" if dbt and body.flag("materialized") else "view"
    yield Piece(proposal.urn, Info(kind=kind), SOURCE)
    compiled = body.text("formattedViewLogic")
    if text := compiled or body.text("viewLogic"):
        language = body.text("viewLanguage").lower() or "sql"
        yield Piece(proposal.urn, Logic(text, language, compiled=bool(compiled)))


def column_piece(proposal: Proposal) -> Iterator[Piece | Unused]:
    """What an aspect of a schemaField says of its column, as a piece of the table's Schema."""
    table, name = column_of(proposal.urn)
    if not table or not name:
        yield Unused(f"aspect {proposal.aspect} of schemaField", "its URN names no column", True)
        return
    said = Column(name)
    if proposal.aspect == "documentation":
        texts = [item.text("documentation") for item in proposal.body.bodies("documentations")]
        said = replace(said, description="\n\n".join(text for text in texts if text))
    elif proposal.aspect == "globalTags":
        said = replace(said, tags=tag_names(proposal.body))
    elif proposal.aspect == "glossaryTerms":
        said = replace(said, terms=term_urns(proposal.body))
    elif proposal.aspect not in ("schemafieldInfo", "schemaFieldKey", "status"):
        yield Unused(f"aspect {proposal.aspect} of schemaField", "columns carry descriptions, tags and terms here")
    if said != Column(name):
        yield Piece(table, Schema((said,)), EDITED)


def _relationship(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    mappings = body.bodies("relationshipFieldMappings")
    source, target = body.urn("source"), body.urn("destination")
    ours = tuple(readable(item.text("sourceField")) for item in mappings)
    if source and target and any(ours):
        theirs = tuple(readable(item.text("destinationField")) for item in mappings)
        yield Piece(source, Schema(foreign_keys=(ForeignKey(ours, target, theirs, body.text("name")),)))


READERS: dict[str, Reader] = {
    "datasetKey": key,
    "datasetProperties": _properties,
    "editableDatasetProperties": edited,
    "schemaMetadata": _schema,
    "editableSchemaMetadata": _edited_schema,
    "viewProperties": _view,
    "erModelRelationshipProperties": _relationship,
}
