"""Readers of glossary, tags, domains, data products, containers, documents, notebooks, applications. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.aspects import Info, Logic, Product, Term
from indexer.sources.datahub.common import described, documentation, edited, key
from indexer.sources.datahub.lineage import reads
from indexer.sources.datahub.piece import Piece, Reader
from indexer.sources.datahub.proposal import Proposal


def _term(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    told = {"source": body.text("sourceRef") or body.text("termSource").lower()}
    own = body.pairs("customProperties") + tuple((name, text) for name, text in told.items() if text)
    yield Piece(proposal.urn, Info(name=body.text("name"), url=body.text("sourceUrl"), properties=own))
    yield from documentation(proposal, body.text("definition"))
    parent = body.urn("parentNode")
    yield Piece(proposal.urn, Term(parent=parent))
    yield Piece(proposal.urn, Info(parent=parent))


def _node(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    parent = body.urn("parentNode")
    more = body.pairs("customProperties")
    yield Piece(proposal.urn, Info(name=body.text("name"), subtype="term group", parent=parent, properties=more))
    yield from documentation(proposal, body.text("definition"))
    yield Piece(proposal.urn, Term(parent=parent))


def _related_terms(proposal: Proposal) -> Iterator[Piece]:
    names = ("isRelatedTerms", "hasRelatedTerms", "values", "relatedTerms")
    related = tuple(dict.fromkeys(urn for name in names for urn in proposal.body.urns(name)))
    yield Piece(proposal.urn, Term(related=related))


def _properties(proposal: Proposal) -> Iterator[Piece]:
    yield from described(proposal, proposal.body)


def _domain(proposal: Proposal) -> Iterator[Piece]:
    yield from described(proposal, proposal.body)
    yield Piece(proposal.urn, Info(parent=proposal.body.urn("parentDomain")))


def _product(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    yield from described(proposal, body)
    assets = tuple(dict.fromkeys(urn for item in body.bodies("assets") if (urn := item.urn("destinationUrn"))))
    yield Piece(proposal.urn, Product(assets))
    yield Piece(proposal.urn, Info(parent=body.urn("parentDataProduct")))


def _container(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    yield from described(proposal, body)
    yield Piece(proposal.urn, Info(qualified_name=body.text("qualifiedName"), env=body.text("env")))


def _document(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    yield from described(proposal, body, "title")
    yield from documentation(proposal, body.body("contents").text("text"))
    draft = body.body("status").text("state") == "UNPUBLISHED"
    about = [urn for item in body.bodies("relatedAssets") if (urn := item.urn("asset"))]
    info = Info(
        subtype="draft" if draft else "",
        url=body.body("source").text("externalUrl"),
        parent=body.body("parentDocument").urn("document"),
        properties=(("about", " ".join(about)),) if about else (),
    )
    yield Piece(proposal.urn, info)


def _notebook(proposal: Proposal) -> Iterator[Piece]:
    yield from described(proposal, proposal.body, "title")
    stamps = proposal.body.body("changeAuditStamps")
    yield Piece(proposal.urn, Info(created_at=stamps.time("created"), modified_at=stamps.time("lastModified")))


def _notebook_content(proposal: Proposal) -> Iterator[Piece]:
    cells = proposal.body.bodies("cells")
    prose = [text for cell in cells if (text := cell.body("textCell").text("text"))]
    queries = [text for cell in cells if (text := cell.body("queryCell").text("rawQuery"))]
    yield from documentation(proposal, "\n\n".join(prose), rank=0)
    if queries:
        yield Piece(proposal.urn, Logic("\n\n".join(queries)))


def _application(proposal: Proposal) -> Iterator[Piece]:
    yield from described(proposal, proposal.body)
    yield Piece(proposal.urn, Info(parent=proposal.body.urn("parentApplication")))


def _semantic_model(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    yield from described(proposal, body)
    yield Piece(proposal.urn, reads(body.urns("datasets"), "built from"))
    if text := body.text("nativeDefinition"):
        yield Piece(proposal.urn, Logic(text, language=""))


READERS: dict[str, Reader] = {
    "glossaryTermKey": key,
    "glossaryTermInfo": _term,
    "glossaryNodeKey": key,
    "glossaryNodeInfo": _node,
    "glossaryRelatedTerms": _related_terms,
    "tagKey": key,
    "tagProperties": _properties,
    "domainKey": key,
    "domainProperties": _domain,
    "dataProductKey": key,
    "dataProductProperties": _product,
    "containerKey": key,
    "containerProperties": _container,
    "editableContainerProperties": edited,
    "documentKey": key,
    "documentInfo": _document,
    "notebookKey": key,
    "notebookInfo": _notebook,
    "notebookContent": _notebook_content,
    "editableNotebookProperties": edited,
    "applicationKey": key,
    "applicationProperties": _application,
    "semanticModelKey": key,
    "semanticModelInfo": _semantic_model,
}
