"""Readers of assertions and their runs, incidents, metadata tests and data contracts. Pure.

None of them is an asset here: their pieces carry an About and move to the asset they judge when all is read.
"""

from __future__ import annotations

from collections.abc import Iterator

from catalog.aspects import Check, Checks, CheckStatus, Contract, Freshness, Incident, Incidents, Pairs
from indexer.sources.datahub.body import Body
from indexer.sources.datahub.common import key, tail
from indexer.sources.datahub.fieldpath import readable
from indexer.sources.datahub.piece import About, Named, Piece, Reader
from indexer.sources.datahub.proposal import Proposal
from indexer.sources.datahub.tables import column_of

_PARTS = (
    "datasetAssertion",
    "freshnessAssertion",
    "volumeAssertion",
    "sqlAssertion",
    "fieldAssertion",
    "schemaAssertion",
    "customAssertion",
)
_RESULTS: dict[str, CheckStatus] = {"SUCCESS": "pass", "FAILURE": "fail", "ERROR": "error", "INIT": "never_run"}
_SUMMARIES: dict[str, CheckStatus] = {"PASSING": "pass", "FAILING": "fail", "ERROR": "error", "INIT": "never_run"}
_HOURS = {
    "SECOND": 1 / 3600,
    "MINUTE": 1 / 60,
    "HOUR": 1,
    "DAY": 24,
    "WEEK": 168,
    "MONTH": 730,
    "QUARTER": 2190,
    "YEAR": 8760,
}
_KINDS = {"NOT_NULL": "not_null", "IN": "accepted_values", "REGEX_MATCH": "pattern"}
_COUNTS = {"unexpectedCount": "unexpected", "missingCount": "missing"}
_PRIORITIES = {0: "critical", 1: "high", 2: "medium", 3: "low"}


def _assertion(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    part = next((body.body(name) for name in _PARTS if body.has(name)), Body({}, body.path, body.faults))
    target = part.urn("dataset") or part.urn("entity") or body.urn("entityUrn")
    if not target:
        return
    yield Piece(proposal.urn, About((target,)))
    column = _column(part)
    kind = _kind(part, body)
    rule = _rule(part, column)
    name = part.text("nativeType") or body.text("description") or rule or kind
    check = Check(
        name,
        column=column,
        kind=kind,
        description=body.text("description") or rule or part.text("logic"),
        urn=proposal.urn,
    )
    yield Piece(proposal.urn, Checks((check,)))
    if body.has("freshnessAssertion"):
        yield Piece(proposal.urn, _expected(part.body("schedule")))


def _column(part: Body) -> str:
    fields = part.urns("fields") or tuple(urn for urn in (part.urn("field"),) if urn)
    if fields:
        return column_of(fields[0])[1] if len(fields) == 1 else ""
    for name in ("fieldValuesAssertion", "fieldMetricAssertion"):
        if path := part.body(name, "field").text("path"):
            return readable(path)
    return ""


def _kind(part: Body, body: Body) -> str:
    operator = _inner(part).text("operator")
    measured = part.text("aggregation") or part.body("fieldMetricAssertion").text("metric")
    if operator in _KINDS:
        return _KINDS[operator]
    if measured in ("UNIQUE_PROPORTION", "UNIQUE_PROPOTION", "UNIQUE_COUNT", "UNIQUE_PERCENTAGE"):
        return "unique"
    return {"FRESHNESS": "freshness", "VOLUME": "volume", "SQL": "sql", "DATA_SCHEMA": "schema"}.get(
        body.text("type"), "custom"
    )


def _inner(part: Body) -> Body:
    """The object that holds operator and parameters: the assertion's part itself, or the form of it that is used."""
    for name in ("fieldValuesAssertion", "fieldMetricAssertion", "rowCountTotal", "rowCountChange"):
        if part.has(name):
            return part.body(name)
    return part


def _rule(part: Body, column: str) -> str:
    """The rule in words: "amount mean between 1 and 9"; "" for rules in a platform's own terms."""
    inner = _inner(part)
    operator = inner.text("operator")
    if operator in ("", "_NATIVE_"):
        return ""
    parameters = inner.body("parameters")
    bounds = [parameters.body(name).text("value") for name in ("value", "minValue", "maxValue")]
    measured = part.text("aggregation") or inner.text("metric")
    measured = "" if measured in ("IDENTITY", "_NATIVE_") else measured
    subject = "row count" if part.has("rowCountTotal") or part.has("rowCountChange") else ""
    words = [column, subject, measured.replace("_", " ").lower(), operator.replace("_", " ").lower()]
    return " ".join(word for word in [*words, " and ".join(bound for bound in bounds if bound)] if word)


def _expected(schedule: Body) -> Freshness:
    fixed = schedule.body("fixedInterval")
    hours = _HOURS.get(fixed.text("unit"))
    multiple = fixed.number("multiple")
    return Freshness(
        error_after_hours=hours * (1.0 if multiple is None else multiple) if hours else None,
        schedule=schedule.body("cron").text("cron"),
    )


def _assertion_run(proposal: Proposal) -> Iterator[Piece]:
    body, at = proposal.body, proposal.time
    if target := body.urn("asserteeUrn"):
        yield Piece(proposal.urn, About((target,)))
    result = body.body("result")
    check = Check(
        "",
        _RESULTS.get(result.text("type") or "INIT", "error"),  # a word nobody knows is no pass
        at,
        message=_message(result),
        severity=result.text("severity").lower(),
        urn=proposal.urn,
    )
    yield Piece(proposal.urn, Checks((check,)), at=at)


def _message(result: Body) -> str:
    counts = [f"{number:,} {noun}" for name, noun in _COUNTS.items() if (number := result.whole(name))]
    error = result.body("error").text("type").replace("_", " ").lower()
    return ", ".join([*([error] if error else []), *counts])


def _assertion_summary(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    status = _SUMMARIES.get(body.text("assertionStatus"))
    times = [body.time(name) for name in ("lastFailedAtMillis", "lastErroredAtMillis", "lastPassedAtMillis")]
    known = [time for time in times if time]
    if status and known:
        yield Piece(proposal.urn, Checks((Check("", status, max(known), urn=proposal.urn),)), at=max(known))


def _incident(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    status = body.body("status")
    resolved = status.text("state") == "RESOLVED"
    kind = body.text("customType", "type").replace("_", " ").lower()
    priority = body.whole("priority")
    assignees = [urn for item in body.bodies("assignees") if (urn := item.urn("actor"))]
    incident = Incident(
        title=body.text("title") or f"{kind or 'unnamed'} incident",
        status="resolved" if resolved else "open",
        opened_at=body.time("startedAt", "created"),
        resolved_at=status.time("lastUpdated") if resolved else None,
        severity=_PRIORITIES.get(priority, str(priority)) if priority is not None else "",
        note="\n\n".join(text for text in (body.text("description"), status.text("message")) if text),
        owner=assignees[0] if assignees else "",
        urn=proposal.urn,
    )
    yield Piece(proposal.urn, About(body.urns("entities")))
    yield Piece(proposal.urn, Incidents((incident,)))


def _test(proposal: Proposal) -> Iterator[Piece]:
    if name := proposal.body.text("name"):
        yield Piece(proposal.urn, Named(name))


def _test_results(proposal: Proposal) -> Iterator[Piece]:
    checks = [
        Check(tail(urn), status, item.time("lastComputed"), kind="metadata test", urn=urn)
        for name, status in (("failing", _RESULTS["FAILURE"]), ("passing", _RESULTS["SUCCESS"]))
        for item in proposal.body.bodies(name)
        if (urn := item.urn("test"))
    ]
    yield Piece(proposal.urn, Checks(tuple(checks)))


def _contract(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    if entity := body.urn("entity"):
        yield Piece(proposal.urn, About((entity,)))
    parts = {"schema": "schema", "freshness": "freshness", "dataQuality": "data quality"}
    held = {label: [item.urn("assertion") for item in body.bodies(name)] for name, label in parts.items()}
    terms: Pairs = tuple(
        (label, f"{len(urns)} assertion{'' if len(urns) == 1 else 's'}") for label, urns in sorted(held.items()) if urns
    )
    yield Piece(proposal.urn, Contract(enforced=bool(held["schema"]), terms=terms))


def _contract_status(proposal: Proposal) -> Iterator[Piece]:
    yield Piece(proposal.urn, Contract(status=proposal.body.text("state").lower()))


READERS: dict[str, Reader] = {
    "assertionKey": key,
    "assertionInfo": _assertion,
    "assertionRunEvent": _assertion_run,
    "assertionRunSummary": _assertion_summary,
    "incidentKey": key,
    "incidentInfo": _incident,
    "testKey": key,
    "testInfo": _test,
    "testResults": _test_results,
    "dataContractKey": key,
    "dataContractProperties": _contract,
    "dataContractStatus": _contract_status,
}
