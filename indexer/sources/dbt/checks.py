"""Tests with their results, freshness and runs, as aspects. Pure functions from records to aspects."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.aspects import Check, Checks, Freshness, Runs
from indexer.sources.dbt.body import spoken
from indexer.sources.dbt.names import test_urn
from indexer.sources.dbt.records import Invocation, Limits, Loaded, Result, Test

_MESSAGE = 2000  # adapters put whole statements into messages; the cause stands at the beginning
_BAD = ("error", "fail", "runtime error")


def checks(tests: Iterable[Test], results: dict[str, Result], spelling: dict[str, str]) -> Checks:
    """The tests on one asset. A test without a result has never run, as far as the artifacts tell."""
    return Checks(tuple(_check(test, results.get(test.head.id), spelling) for test in tests))


def _check(test: Test, result: Result | None, spelling: dict[str, str]) -> Check:
    made = Check(
        name=test.head.name,
        column=spelling.get(test.column.casefold(), test.column),
        kind=test.kind,
        description=test.head.description or _asked(test),
        severity=test.severity,
        urn=test_urn(test.head.id),
    )
    if result is None:
        return made
    return Check(
        name=made.name,
        status=result.verdict,
        at=result.ended_at or result.written.at,
        column=made.column,
        kind=made.kind,
        message=result.message[:_MESSAGE],
        description=made.description,
        severity=made.severity,
        urn=made.urn,
    )


def _asked(test: Test) -> str:
    """What the test asks for, from its arguments: "values: placed, shipped"."""
    return "; ".join(f"{key}: {spoken(value)}" for key, value in test.arguments.items() if spoken(value))


def freshness(limits: Limits | None, loaded: Loaded | None) -> Freshness | None:
    """How fresh a source is and has to be. What was in force when it was measured wins over the manifest."""
    limits = (loaded.limits if loaded else None) or limits
    if limits is None and loaded is None:
        return None
    limits = limits or Limits()
    if loaded is None:
        return Freshness(warn_after_hours=limits.warn_after, error_after_hours=limits.error_after)
    return Freshness(loaded.loaded_at, loaded.checked_at, limits.warn_after, limits.error_after, loaded.verdict)


def runs(result: Result) -> Runs:
    """The last build of a model, seed or snapshot."""
    return Runs(result.status, result.started_at, result.ended_at or result.written.at, result.message[:_MESSAGE])


def invocation(last: Invocation) -> Runs:
    """The last run of the whole project: it went wrong if anything in it did."""
    counts = dict(last.counts)
    status = "error" if any(counts.get(word) for word in _BAD) else "success"
    told = ", ".join(f"{count} {word}" for word, count in last.counts)
    return Runs(status, last.started_at, last.ended_at, f"{last.command}: {told or 'nothing was run'}")
