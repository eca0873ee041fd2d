"""Readers of lineage, at table and column level, of data sets and jobs. Pure. Edges run from upstream to the asset."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.aspects import ColumnEdge, Lineage, Upstream
from indexer.sources.datahub.body import Body
from indexer.sources.datahub.piece import Piece, Reader, Unused
from indexer.sources.datahub.proposal import Proposal
from indexer.sources.datahub.tables import column_of

_HOW = {"COPY": "copied from", "VIEW": "built from", "TRANSFORMED": "built from"}
_COPIES = {"IDENTITY", "COPY", "COPIED"}


def destinations(body: Body, plain: str, edges: str) -> tuple[str, ...]:
    """The URNs of a list of references together with those of the newer list of edges beside it."""
    linked = [urn for item in body.bodies(edges) if (urn := item.urn("destinationUrn"))]
    return tuple(dict.fromkeys([*body.urns(plain), *linked]))


def reads(urns: tuple[str, ...], how: str = "reads") -> Lineage:
    """A Lineage of whole assets."""
    return Lineage(tuple(Upstream(urn, how) for urn in urns))


def _upstreams(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    tables = {
        urn: Upstream(urn, _HOW.get(item.text("type"), "built from"))
        for item in body.bodies("upstreams")
        if (urn := item.urn("dataset")) and urn != proposal.urn
    }
    edges = []
    for downstream, edge in column_edges(body.bodies("fineGrainedLineages")):
        if downstream == proposal.urn:
            edges.append(edge)
            if edge.source_urn != proposal.urn:
                tables.setdefault(edge.source_urn, Upstream(edge.source_urn, "built from"))
    yield Piece(proposal.urn, Lineage(tuple(tables.values()), tuple(edges)))


def column_edges(items: list[Body]) -> Iterator[tuple[str, ColumnEdge]]:
    """Each (downstream asset, edge) of fine-grained lineages; each upstream column feeds each downstream."""
    for item in items:
        operation = item.text("transformOperation")
        how = "identity" if operation.upper() in _COPIES else "expression"
        confidence = item.number("confidenceScore")
        for downstream in item.urns("downstreams"):
            asset, column = column_of(downstream)
            for upstream in item.urns("upstreams"):
                source, source_column = column_of(upstream)
                if asset and source:
                    yield (
                        asset,
                        ColumnEdge(
                            source,
                            source_column,
                            column,
                            how,
                            expression="" if how == "identity" else operation,
                            confidence=1.0 if confidence is None else confidence,
                        ),
                    )


def _input_output(proposal: Proposal) -> Iterator[Piece | Unused]:
    """A job reads its inputs and the outputs are built by it; columns flow from input to output past the job."""
    body = proposal.body
    jobs = destinations(body, "inputDatajobs", "inputDatajobEdges")
    inputs = destinations(body, "inputDatasets", "inputDatasetEdges")
    yield Piece(proposal.urn, reads(inputs))
    yield Piece(proposal.urn, reads(jobs, "runs after"))
    for output in destinations(body, "outputDatasets", "outputDatasetEdges"):
        yield Piece(output, reads((proposal.urn,), "built by"))
    for downstream, edge in column_edges(body.bodies("fineGrainedLineages")):
        yield Piece(downstream, Lineage(columns=(edge,)))


def _process_input(proposal: Proposal) -> Iterator[Piece]:
    yield Piece(proposal.urn, reads(destinations(proposal.body, "inputs", "inputEdges")))


def _process_output(proposal: Proposal) -> Iterator[Piece]:
    for output in destinations(proposal.body, "outputs", "outputEdges"):
        yield Piece(output, reads((proposal.urn,), "built by"))


def _input_fields(proposal: Proposal) -> Iterator[Piece]:
    """The columns that a chart or dashboard field shows."""
    edges = []
    for item in proposal.body.bodies("fields"):
        source, column = column_of(item.urn("schemaFieldUrn"))
        if source and source != proposal.urn:
            shown = item.body("schemaField").text("label", "fieldPath") or column
            edges.append(ColumnEdge(source, column, shown))
    yield Piece(proposal.urn, Lineage(columns=tuple(edges)))


READERS: dict[str, Reader] = {
    "upstreamLineage": _upstreams,
    "dataJobInputOutput": _input_output,
    "dataProcessInstanceInput": _process_input,
    "dataProcessInstanceOutput": _process_output,
    "inputFields": _input_fields,
}
