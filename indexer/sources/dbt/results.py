"""The artifacts beside the manifest into records: catalog.json, run_results.json, sources.json.

Reads those files. One that is missing is no error; one that is there and cannot be read is reported and named in
`Found.broken`, so that nobody says "no results" of results that could not be read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from catalog.aspects import CheckStatus
from catalog.change import Skipped
from catalog.errors import SourceUnreadable
from indexer.sources.dbt.artifacts import Artifact, Files, load
from indexer.sources.dbt.body import Body
from indexer.sources.dbt.records import Found, Invocation, Loaded, Result, Table, Written
from indexer.sources.dbt.relations import limits_of

_VERDICTS: dict[str, CheckStatus] = {
    "pass": "pass",
    "success": "pass",
    "warn": "warn",
    "partial success": "warn",
    "fail": "fail",
    "error": "error",
    "runtime error": "error",
    "skipped": "skipped",
    "no-op": "skipped",
    "reused": "skipped",  # dbt 2: nothing upstream changed, so it was not run again
}
_NEVER = datetime.min.replace(tzinfo=UTC)
_ROWS = ("num_rows", "row_count", "rows")
_BYTES = ("num_bytes", "bytes", "size")


def find(files: Files, report: list[Skipped]) -> Found:
    """Read what stands beside the manifest."""
    broken: set[str] = set()
    catalog = _open(files.catalog, "catalog", "Column types are unknown. Run 'dbt docs generate'.", broken, report)
    runs = [_open(path, "run-results", "", broken, report) for path in files.run_results]
    if not files.run_results:
        why = "Results of tests and runs are unknown. Run 'dbt build'."
        report.append(Skipped("no run-results", why, str(files.manifest.parent)))
    fresh = _open(files.sources, "sources", "Freshness is unknown. Run 'dbt source freshness'.", broken, report)
    read = [run for run in runs if run is not None]
    return Found(
        tables=dict(_tables(catalog)) if catalog else {},
        catalog=catalog.written if catalog else Written(""),
        results=_latest(result for run in read for result in _results(run)),
        last=max((_invocation(run) for run in read), key=lambda one: one.written.at or _NEVER, default=None),
        loaded=dict(_loaded(fresh)) if fresh else {},
        sources=fresh.written if fresh else Written(""),
        broken=frozenset(broken),
    )


def _open(path: Path, artifact: str, missing: str, broken: set[str], report: list[Skipped]) -> Artifact | None:
    if not path.is_file():
        report.append(Skipped(f"no {artifact}", missing, str(path)))
        return None
    try:
        return load(path, artifact, report)
    except SourceUnreadable as error:
        broken.add(artifact)
        report.append(Skipped(f"unreadable {artifact}", str(error), str(path), error=True))
        return None


def _tables(catalog: Artifact) -> Iterator[tuple[str, Table]]:
    errors = catalog.body.held.get("errors")
    for one in errors if isinstance(errors, list) else []:
        catalog.body.report.append(Skipped("catalog error", str(one)[:300], catalog.written.path, "errors", error=True))
    for section in ("nodes", "sources"):
        for unique_id, body in catalog.body.bodies(section):
            head, stats = body.body("metadata"), body.body("stats")
            columns = [
                (one.text("name") or key, one.text("type"), one.text("comment"), int(one.number("index") or 0))
                for key, one in body.bodies("columns")
            ]
            yield (
                unique_id,
                Table(
                    columns=tuple(sorted(columns, key=lambda one: one[3])),
                    type=head.text("type").lower(),
                    comment=head.text("comment"),
                    rows=_count(stats, _ROWS),
                    bytes=_count(stats, _BYTES),
                    pointer=body.pointer,
                ),
            )


def _count(stats: Body, keys: tuple[str, ...]) -> int | None:
    """A statistic that dbt says is included; adapters name them differently, and some write them as text."""
    for key in keys:
        stat = stats.body(key)
        value = stat.scalar("value") if stat.flag("include") else ""
        if value:
            try:
                return int(float(value))
            except (ValueError, OverflowError):
                stat.wrong("value", f"is '{value[:40]}'; a number was expected")
    return None


def _results(run: Artifact) -> Iterator[tuple[str, Result]]:
    for body in run.body.listed("results"):
        unique_id = body.text("unique_id")
        if not unique_id:
            why = f"'{body.pointer}' does not say which node it is a result of."
            run.body.report.append(Skipped("run result", why, body.locator, body.pointer, error=True))
            continue
        status = body.text("status").lower()
        started, ended = _times(body)
        yield (
            unique_id,
            Result(
                status=status,
                verdict=_verdict(body, status),
                message=body.text("message") or _failures(body),
                started_at=started,
                ended_at=ended,
                written=run.written,
                pointer=body.pointer,
            ),
        )


def _verdict(body: Body, status: str) -> CheckStatus:
    if status not in _VERDICTS:
        body.wrong("status", f"is '{status[:40]}', which is not known here; counted as an error")
    return _VERDICTS.get(status, "error")


def _failures(body: Body) -> str:
    count = body.number("failures")
    return f"{count:.0f} failing rows" if count else ""


def _times(body: Body) -> tuple[datetime | None, datetime | None]:
    """When it was executed; compiling comes before and does not count."""
    for step in body.listed("timing"):
        if step.text("name") == "execute":
            return step.time("started_at"), step.time("completed_at")
    return None, None


def _latest(results: Iterator[tuple[str, Result]]) -> dict[str, Result]:
    """Of several results of one node the last: dbt overwrites its file with every command, people keep copies."""
    kept: dict[str, Result] = {}
    for unique_id, result in results:
        if unique_id not in kept or _moment(result) >= _moment(kept[unique_id]):
            kept[unique_id] = result
    return kept


def _moment(result: Result) -> datetime:
    return result.ended_at or result.written.at or _NEVER


def _invocation(run: Artifact) -> Invocation:
    arguments = run.body.body("args")
    command = " ".join(filter(None, ("dbt", arguments.text("which", "rpc_method"))))
    results = [result for _, result in _results(Artifact(_quiet(run.body), run.written, run.dbt_version))]
    counts = Counter(result.status for result in results)
    started = [one.started_at for one in results if one.started_at]
    return Invocation(
        written=run.written,
        command=arguments.text("invocation_command") or command,
        counts=tuple(sorted(counts.items())),
        started_at=min(started, default=None),
        ended_at=run.written.at,
    )


def _quiet(body: Body) -> Body:
    """The same object with a report of its own: what is wrong in it has been reported already."""
    return Body(body.held, body.locator, body.pointer, [])


def _loaded(fresh: Artifact) -> Iterator[tuple[str, Loaded]]:
    for body in fresh.body.listed("results"):
        unique_id, status = body.text("unique_id"), body.text("status").lower()
        if not unique_id:
            why = f"'{body.pointer}' does not say which source it is of."
            fresh.body.report.append(Skipped("source freshness", why, body.locator, body.pointer, error=True))
            continue
        yield (
            unique_id,
            Loaded(
                verdict=_verdict(body, status),
                loaded_at=body.time("max_loaded_at"),
                checked_at=body.time("snapshotted_at"),
                limits=limits_of(body.body("criteria")),
                pointer=body.pointer,
            ),
        )
