"""Readers of dashboards, charts, pipelines, tasks and their runs. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from catalog.aspects import Freshness, Info, Logic, Runs
from catalog.urn import parse
from indexer.sources.datahub.common import described, edited, key
from indexer.sources.datahub.lineage import destinations, reads
from indexer.sources.datahub.piece import About, Piece, Reader
from indexer.sources.datahub.proposal import Proposal

_RESULTS = {"SUCCESS": "success", "FAILURE": "failed", "SKIPPED": "skipped", "UP_FOR_RETRY": "up for retry"}


def _shown(proposal: Proposal, url: str) -> Iterator[Piece]:
    """What dashboards and charts have in common. `url`: the field DataHub used before externalUrl."""
    body = proposal.body
    yield from described(proposal, body, "title")
    stamps = body.body("lastModified")
    yield Piece(
        proposal.urn,
        Info(
            url=body.text("externalUrl", url),
            created_at=stamps.time("created"),
            modified_at=stamps.time("lastModified"),
            modified_by=body.actor("lastModified", "lastModified"),
        ),
    )
    if refreshed := body.time("lastRefreshed"):
        yield Piece(proposal.urn, Freshness(loaded_at=refreshed))


def _dashboard(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    yield from _shown(proposal, "dashboardUrl")
    yield Piece(proposal.urn, reads(destinations(body, "charts", "chartEdges"), "contains"))
    yield Piece(proposal.urn, reads(destinations(body, "datasets", "datasetEdges")))
    nested = tuple(urn for item in body.bodies("dashboards") if (urn := item.urn("destinationUrn")))
    yield Piece(proposal.urn, reads(nested, "contains"))


def _chart(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    yield from _shown(proposal, "chartUrl")
    if kind := body.text("type"):
        yield Piece(proposal.urn, Info(subtype=kind.replace("_", " ").lower() + " chart"))
    yield Piece(proposal.urn, reads(destinations(body, "inputs", "inputEdges")))


def _chart_query(proposal: Proposal) -> Iterator[Piece]:
    if text := proposal.body.text("rawQuery"):
        yield Piece(proposal.urn, Logic(text, proposal.body.text("type").lower() or "sql"))


def _flow(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    yield from described(proposal, body, "name")
    project = body.text("project")
    yield Piece(proposal.urn, Info(env=body.text("env"), properties=(("project", project),) if project else ()))


def _job(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    yield from described(proposal, body, "name")
    flow = body.urn("flowUrn") or parse(proposal.urn).parts[0]
    kind = body.text("type")
    yield Piece(
        proposal.urn,
        Info(parent=flow if flow.startswith("urn:") else "", env=body.text("env"), subtype=kind.replace("_", " ")),
    )


def _job_key(proposal: Proposal) -> Iterator[Piece]:
    yield Piece(proposal.urn, Info(parent=proposal.body.urn("flow")))


def _transform(proposal: Proposal) -> Iterator[Piece]:
    statements = [item.body("queryStatement") for item in proposal.body.bodies("transforms")]
    texts = [text for item in statements if (text := item.text("value"))]
    if texts:
        language = statements[0].text("language").lower()
        yield Piece(proposal.urn, Logic("\n\n".join(texts), "" if language == "unknown" else language or "sql"))


def _run(proposal: Proposal) -> Iterator[Piece]:
    yield from described(proposal, proposal.body, "name")
    if url := proposal.body.text("externalUrl"):
        yield Piece(proposal.urn, Runs(url=url))


def _run_of(proposal: Proposal) -> Iterator[Piece]:
    if template := proposal.body.urn("parentTemplate"):
        yield Piece(proposal.urn, About((template,)))


def _run_event(proposal: Proposal) -> Iterator[Piece]:
    body, at = proposal.body, proposal.time
    url = body.text("externalUrl")
    if body.text("status") == "STARTED":
        yield Piece(proposal.urn, Runs("running", started_at=at, url=url), at=at)
        return
    result = body.body("result")
    took = body.number("durationMillis")
    started = at - timedelta(milliseconds=took) if at and took is not None and 0 <= took < 1e12 else None
    word = result.text("type")
    status = _RESULTS.get(word, word.lower()) or "complete"
    native = result.text("nativeResultType")
    message = "" if native.lower() in (status, word.lower()) else native
    yield Piece(proposal.urn, Runs(status, started, at, message, url=url), at=at)


READERS: dict[str, Reader] = {
    "dashboardInfo": _dashboard,
    "editableDashboardProperties": edited,
    "dashboardKey": key,
    "chartInfo": _chart,
    "editableChartProperties": edited,
    "chartQuery": _chart_query,
    "chartKey": key,
    "dataFlowInfo": _flow,
    "editableDataFlowProperties": edited,
    "dataFlowKey": key,
    "dataJobInfo": _job,
    "editableDataJobProperties": edited,
    "dataJobKey": _job_key,
    "dataTransformLogic": _transform,
    "dataProcessInstanceKey": key,
    "dataProcessInstanceProperties": _run,
    "dataProcessInstanceRelationships": _run_of,
    "dataProcessInstanceRunEvent": _run_event,
}
