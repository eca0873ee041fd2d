"""Readers of measurements: profiles, usage in buckets of time, operations, queries. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from catalog.aspects import ColumnProfile, ExampleQuery, Freshness, Info, Profile, Queries, Usage
from indexer.sources.datahub.body import Body
from indexer.sources.datahub.common import key
from indexer.sources.datahub.fieldpath import readable
from indexer.sources.datahub.piece import About, Piece, Reader, Unused
from indexer.sources.datahub.proposal import Proposal
from indexer.sources.datahub.tables import column_of

_LOADS = {"INSERT", "UPDATE", "CREATE", "CUSTOM", "UNKNOWN"}
_DAYS = {"SECOND": 1, "MINUTE": 1, "HOUR": 1, "DAY": 1, "WEEK": 7, "MONTH": 30, "QUARTER": 91, "YEAR": 365}
_TOP_QUERIES = 10  # of one bucket: DataHub itself sends ten


def _profile(proposal: Proposal) -> Iterator[Piece | Unused]:
    body = proposal.body
    part = body.body("partitionSpec")
    if part.text("type") in ("PARTITION", "QUERY") and not part.text("partition").upper().startswith("SAMPLE"):
        yield Unused("profile of a partition", "its counts are not those of the whole table")
        return
    rows = body.whole("rowCount")
    columns = tuple(_column(item, rows) for item in body.bodies("fieldProfiles") if item.text("fieldPath"))
    value = Profile(rows, body.whole("sizeInBytes"), proposal.time, columns)
    yield Piece(proposal.urn, value, at=proposal.time)
    if any(item.has(name) for item in body.bodies("fieldProfiles") for name in ("min", "max", "sampleValues")):
        yield Unused(
            "values in a profile", "lowest, highest and sample values may be personal; counts and shares are kept"
        )


def _column(item: Body, rows: int | None) -> ColumnProfile:
    share, nulls = item.number("nullProportion"), item.number("nullCount")
    if share is None and nulls is not None and rows:
        share = nulls / rows
    return ColumnProfile(
        readable(item.text("fieldPath")),
        None if share is None else round(min(max(share, 0.0), 1.0), 6),
        item.whole("uniqueCount"),
    )


def days_of(body: Body) -> int:
    """How many days a bucket of usage covers; at least one."""
    size = body.body("eventGranularity")
    return _DAYS.get(size.text("unit"), 1) * max(size.whole("multiple") or 1, 1)


def _usage(proposal: Proposal) -> Iterator[Piece]:
    body, at = proposal.body, proposal.time
    used = body.whole("totalSqlQueries")
    users = _users(body, "count")
    value = Usage(
        queries=used,
        users=body.whole("uniqueUserCount"),
        days=days_of(body),
        last_used_at=at if used else None,
        top_users=users,
        columns=tuple(
            (readable(item.text("fieldPath")), item.whole("count") or 0)
            for item in body.bodies("fieldCounts")
            if item.text("fieldPath")
        ),
    )
    yield Piece(proposal.urn, value, at=at)
    if texts := body.texts("topSqlQueries")[:_TOP_QUERIES]:
        yield Piece(proposal.urn, Queries(tuple(ExampleQuery(text, at=at) for text in texts)), at=at)


def _users(body: Body, *names: str) -> tuple[tuple[str, int], ...]:
    found = []
    for item in body.bodies("userCounts"):
        count = next((number for name in names if (number := item.whole(name)) is not None), None)
        if (urn := item.urn("user")) and count:
            found.append((urn, count))
    return tuple(found)


def _views(proposal: Proposal) -> Iterator[Piece | Unused]:
    """Dashboards and charts: buckets like those of tables, or running totals, of which only the last view is used."""
    body, at = proposal.body, proposal.time
    last = body.time("lastViewedAt")
    if not body.has("eventGranularity"):
        if last:
            yield Piece(proposal.urn, Usage(last_used_at=last), at=at)
        yield Unused("running total of views", "it says nothing about a period; views in buckets of time are used")
        return
    views = body.whole("viewsCount")
    value = Usage(
        queries=views,
        users=body.whole("uniqueUserCount"),
        days=days_of(body),
        last_used_at=last or (at if views else None),
        top_users=_users(body, "viewsCount", "usageCount", "executionsCount"),
    )
    yield Piece(proposal.urn, value, at=at)


def _operation(proposal: Proposal) -> Iterator[Piece | Unused]:
    body = proposal.body
    kind = body.text("operationType") or "UNKNOWN"
    if kind not in _LOADS:
        yield Unused(f"operation {kind}", "it loads no data")
        return
    loaded: datetime | None = body.time("lastUpdatedTimestamp", "timestampMillis")
    if loaded:
        yield Piece(proposal.urn, Freshness(loaded_at=loaded), at=loaded)
        for other in body.urns("affectedDatasets"):
            if other != proposal.urn:
                yield Piece(other, Freshness(loaded_at=loaded), at=loaded)


def _query(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    text = body.body("statement").text("value")
    title = ": ".join(word for word in (body.text("name"), body.text("description")) if word)
    if text:
        created = body.time("lastModified", "created")
        yield Piece(proposal.urn, Queries((ExampleQuery(text, title, body.actor("created"), created),)))


def _query_subjects(proposal: Proposal) -> Iterator[Piece]:
    subjects = [item.urn("entity") for item in proposal.body.bodies("subjects")]
    owners = [column_of(urn)[0] or urn for urn in subjects if urn]
    yield Piece(proposal.urn, About(tuple(dict.fromkeys(owners))))


def _query_usage(proposal: Proposal) -> Iterator[Piece]:
    if count := proposal.body.whole("queryCount"):
        yield Piece(proposal.urn, Queries((ExampleQuery("", at=proposal.body.time("lastExecutedAt"), runs=count),)))


def _storage(proposal: Proposal) -> Iterator[Piece]:
    if (rows := proposal.body.whole("rowCount")) is not None:
        yield Piece(proposal.urn, Info(properties=(("rows", str(rows)),)))


READERS: dict[str, Reader] = {
    "datasetProfile": _profile,
    "datasetUsageStatistics": _usage,
    "dashboardUsageStatistics": _views,
    "chartUsageStatistics": _views,
    "operation": _operation,
    "queryKey": key,
    "queryProperties": _query,
    "querySubjects": _query_subjects,
    "queryUsageStatistics": _query_usage,
    "storageFeatures": _storage,
}
