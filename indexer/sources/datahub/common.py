"""Readers of the aspects that entities of every kind share: ownership, tags, terms, domains, links, standing, place."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.aspects import (
    Deprecation,
    Documentation,
    Info,
    Link,
    Links,
    Membership,
    Owner,
    Ownership,
    Pairs,
    Product,
    Siblings,
    Tags,
    Term,
    Terms,
)
from catalog.codec import stamp
from indexer.sources.datahub.body import Body
from indexer.sources.datahub.piece import EDITED, KEY, Piece, Reader, Unused
from indexer.sources.datahub.proposal import Proposal

# DataHub's ownership types, and the URNs of the same (urn:li:ownershipType:__system__technical_owner).
_ROLES = {
    "TECHNICAL_OWNER": "technical owner",
    "BUSINESS_OWNER": "business owner",
    "DATA_STEWARD": "steward",
    "DATAOWNER": "owner",
    "NONE": "owner",
    "CUSTOM": "owner",
}
_SYSTEM_TYPE = "urn:li:ownershipType:__system__"


def tail(urn: str) -> str:
    """What follows the entity type in a plain URN: urn:li:tag:Legacy -> Legacy."""
    return urn.split(":", 3)[-1]


def tag_names(body: Body) -> tuple[str, ...]:
    """The tags of a GlobalTags object, without '#'."""
    names = (tail(item.urn("tag")).lstrip("#") for item in body.bodies("tags"))
    return tuple(dict.fromkeys(name for name in names if name))


def term_urns(body: Body) -> tuple[str, ...]:
    """The terms of a GlossaryTerms object."""
    return tuple(dict.fromkeys(urn for item in body.bodies("terms") if (urn := item.urn("urn"))))


def documentation(proposal: Proposal, text: str, rank: int = 1) -> Iterator[Piece]:
    """A Documentation piece, unless the text is blank."""
    if text:
        yield Piece(proposal.urn, Documentation(text), rank)


def described(proposal: Proposal, body: Body, *names: str, rank: int = 1) -> Iterator[Piece]:
    """Name, address, times, properties and description as nearly all DataHub properties aspects write them."""
    info = Info(
        name=body.text(*(names or ("name", "title", "displayName"))),
        url=body.text("externalUrl"),
        created_at=body.time("created", "createdAt"),
        modified_at=body.time("lastModified"),
        modified_by=body.actor("lastModified"),
        properties=body.pairs("customProperties"),
    )
    yield Piece(proposal.urn, info, rank)
    yield from documentation(proposal, body.text("description"), rank)


def edited(proposal: Proposal) -> Iterator[Piece]:
    """What people wrote in DataHub's own pages: it wins over what the platform says."""
    if name := proposal.body.text("name"):
        yield Piece(proposal.urn, Info(name=name), EDITED)
    yield from documentation(proposal, proposal.body.text("description"), EDITED)


def _role(owner: Body) -> str:
    type_urn = owner.text("typeUrn")
    if type_urn.startswith(_SYSTEM_TYPE):
        type_name = type_urn.removeprefix(_SYSTEM_TYPE).upper()
    elif type_urn:
        return type_urn  # a type of their own: shown by its name, if the files hold it
    else:
        type_name = owner.text("type") or "NONE"
    return _ROLES.get(type_name, type_name.replace("_", " ").lower())


def _ownership(proposal: Proposal) -> Iterator[Piece]:
    owners = [Owner(urn, _role(item)) for item in proposal.body.bodies("owners") if (urn := item.urn("owner"))]
    yield Piece(proposal.urn, Ownership(tuple(dict.fromkeys(owners))))


def _tags(proposal: Proposal) -> Iterator[Piece]:
    yield Piece(proposal.urn, Tags(tag_names(proposal.body)))


def _terms(proposal: Proposal) -> Iterator[Piece]:
    yield Piece(proposal.urn, Terms(term_urns(proposal.body)))


def _domains(proposal: Proposal) -> Iterator[Piece | Unused]:
    urns = proposal.body.urns("domains")
    yield Piece(proposal.urn, Membership(urns[0] if urns else ""))
    if len(urns) > 1:
        yield Unused("second domain", "an asset belongs to one domain here; the first is kept")


def _links(proposal: Proposal) -> Iterator[Piece]:
    links = [
        Link(url, item.text("description")) for item in proposal.body.bodies("elements") if (url := item.text("url"))
    ]
    yield Piece(proposal.urn, Links(tuple(dict.fromkeys(links))))


def _deprecation(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    value = Deprecation(body.flag("deprecated") or False, body.text("note"), body.urn("replacement"))
    yield Piece(proposal.urn, value)
    if leaves := body.time("decommissionTime"):  # when it goes, which is not since when it is deprecated
        yield Piece(proposal.urn, Info(properties=(("decommission_at", stamp(leaves)),)))


def _status(proposal: Proposal) -> Iterator[Piece]:
    yield Piece(proposal.urn, Info(), KEY)  # it exists; `removed` is seen to when all is read


def _sub_types(proposal: Proposal) -> Iterator[Piece]:
    names = proposal.body.texts("typeNames")
    words = " ".join(names).lower().split()
    kind = ""
    if proposal.entity == "dataset":
        kind = "view" if "view" in words else "topic" if "topic" in words else ""
    yield Piece(proposal.urn, Info(subtype=", ".join(names), kind=kind))


def _container(proposal: Proposal) -> Iterator[Piece]:
    yield Piece(proposal.urn, Info(parent=proposal.body.urn("container")))


def _platform_instance(proposal: Proposal) -> Iterator[Piece]:
    platform, instance = proposal.body.urn("platform"), proposal.body.urn("instance")
    named: Pairs = (("platform_instance", _instance_name(instance)),) if instance else ()
    yield Piece(proposal.urn, Info(platform=tail(platform) if platform else "", properties=named))


def _instance_name(urn: str) -> str:
    """urn:li:dataPlatformInstance:(urn:li:dataPlatform:snowflake,west) -> west."""
    return urn.removesuffix(")").rsplit(",", 1)[-1]


def _siblings(proposal: Proposal) -> Iterator[Piece]:
    urns = tuple(urn for urn in proposal.body.urns("siblings") if urn != proposal.urn)
    yield Piece(proposal.urn, Siblings(urns, proposal.body.flag("primary") or False))


def _structured_properties(proposal: Proposal) -> Iterator[Piece]:
    pairs = [
        (urn, ", ".join(item.texts("values")))
        for item in proposal.body.bodies("properties")
        if (urn := item.urn("propertyUrn"))
    ]
    yield Piece(proposal.urn, Info(properties=tuple(sorted(pairs))))


def _documentation(proposal: Proposal) -> Iterator[Piece]:
    texts = [item.text("documentation") for item in proposal.body.bodies("documentations")]
    yield from documentation(proposal, "\n\n".join(text for text in texts if text), EDITED)


def _data_products(proposal: Proposal) -> Iterator[Piece]:
    for item in proposal.body.bodies("dataProducts"):
        if product := item.urn("destinationUrn"):
            yield Piece(product, Product(assets=(proposal.urn,)))


def _ai_context(proposal: Proposal) -> Iterator[Piece]:
    words = proposal.body.texts("synonyms")
    if words and proposal.entity == "glossaryTerm":
        yield Piece(proposal.urn, Term(synonyms=words), EDITED)
    elif words:
        yield Piece(proposal.urn, Info(properties=(("synonyms", ", ".join(words)),)), EDITED)


def key(proposal: Proposal) -> Iterator[Piece]:
    """A key aspect says no more than the URN, and that the entity exists."""
    yield Piece(proposal.urn, Info(), KEY)


READERS: dict[str, Reader] = {
    "ownership": _ownership,
    "globalTags": _tags,
    "glossaryTerms": _terms,
    "domains": _domains,
    "institutionalMemory": _links,
    "deprecation": _deprecation,
    "status": _status,
    "subTypes": _sub_types,
    "container": _container,
    "dataPlatformInstance": _platform_instance,
    "siblings": _siblings,
    "structuredProperties": _structured_properties,
    "documentation": _documentation,
    "dataProducts": _data_products,
    "aiContext": _ai_context,
}
