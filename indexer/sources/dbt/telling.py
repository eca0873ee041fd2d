"""From the records of a project to Changes: which aspects each asset gets, and where each of them stands.

Pure: no file is read here. Owns the origin of every value. An aspect made of two artifacts is as new as the newer
of them, so that news in either is news; it points at the artifact that says what changes oftener.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from catalog.aspects import Aspect, Documentation, Info, Lineage, Owner, Upstream
from catalog.change import Change, Origin, Skipped
from indexer.sources.dbt import checks, names, people, tables, uses
from indexer.sources.dbt.names import Names
from indexer.sources.dbt.people import Register
from indexer.sources.dbt.records import Exposure, Found, Head, Project, Relation, Result, Table, Test, Written
from indexer.sources.dbt.relations import unite
from indexer.sources.dbt.schema import schema

V = TypeVar("V")


@dataclass(frozen=True)
class _Table:
    """A relation with its URN and what the other artifacts say of it."""

    urn: str
    relation: Relation
    table: Table | None
    tests: tuple[Test, ...]


class Teller:
    """Tells everything a project and its artifacts say, each aspect of each asset once."""

    def __init__(self, source: str, project: Project, found: Found, named: Names, report: list[Skipped]) -> None:
        self.source, self.project, self.found, self.names, self.report = source, project, found, named, report
        self.register = Register()
        self.tests: dict[str, list[Test]] = defaultdict(list)
        for test in project.tests:
            for unique_id in dict.fromkeys(test.on):
                self.tests[unique_id].append(test)

    def tell(self) -> Iterator[Change]:
        """All Changes."""
        relations = self._name_all()
        for group in self.project.groups:
            self.register.meet_group(group, self._here(group.head))
        for exposure in self.project.exposures:
            owner = people.party(exposure.owner)
            if owner:
                self.register.meet(owner, self._here(exposure.head))
        for relation in relations:
            yield from self._relation(relation)
        yield from self._exposures()
        yield from self._metrics()
        yield from self._pipeline()
        yield from self.register.changes()
        self._unplaced()

    def _name_all(self) -> list[_Table]:
        """Give every relation its URN, unite those that are one table, then name what may be referred to."""
        by_urn: dict[str, list[Relation]] = defaultdict(list)
        for relation in self.project.relations:
            by_urn[self.names.urn(relation)].append(relation)
        made = []
        for urn, same in by_urn.items():
            one = unite(same)
            self.names.add(one, urn)
            self._report_united(one)
            tests = {test.head.id: test for each in one.head.ids for test in self.tests[each]}
            made.append(_Table(urn, one, _of(self.found.tables, one), tuple(tests.values())))
        for metric in self.project.metrics:
            self.names.urns[metric.head.id] = names.metric_urn(metric)
        for exposure in self.project.exposures:
            self.names.urns[exposure.head.id] = names.exposure_urn(exposure, uses.kind_of(exposure), self.names.env)
        return made

    def _report_united(self, relation: Relation) -> None:
        first, *others = relation.head.ids
        for other in others:
            why = f"'{other}' is the same table as '{first}' ({self.names.qualified(relation)}); they are one asset."
            self.report.append(Skipped("second dbt node of a table", why, self.project.written.path, other))

    # One table

    def _relation(self, one: _Table) -> Iterator[Change]:
        relation, head = one.relation, one.relation.head
        here = self._here(head)
        today = self.project.written.at
        plain: list[Aspect | None] = [
            tables.info(relation, one.table, self.names),
            *tables.words(head, self.register, here),
            tables.classification(relation),
            tables.contract(relation, self.names),
            tables.deprecation(head, relation.deprecated_on, self.names, today),
            tables.logic(relation, self.project.adapter),
            self._lineage(head, one.urn, "built from"),
        ]
        yield from (Change(one.urn, value, here) for value in plain if value is not None)
        if one.table and one.table.comment and not head.description:
            yield Change(one.urn, Documentation(one.table.comment), self._at(self.found.catalog, one.table.pointer))
        yield from self._physical(one)
        yield from self._measured(one)

    def _physical(self, one: _Table) -> Iterator[Change]:
        """Columns and size. With an unreadable catalog.json nothing is said of them, rather than less than before."""
        if "catalog" in self.found.broken:
            return
        made = schema(one.relation, one.table, one.tests, self.names)
        written, pointer = self.project.written, f"{one.relation.head.pointer}.columns"
        if one.table and one.table.columns:
            written, pointer = self.found.catalog, f"{one.table.pointer}.columns"
        if made.columns:
            yield Change(one.urn, made, self._at(written, pointer, self.project.written))
        size = tables.profile(one.table, self.found.catalog.at)
        if one.table and size:
            yield Change(one.urn, size, self._at(self.found.catalog, f"{one.table.pointer}.stats"))

    def _measured(self, one: _Table) -> Iterator[Change]:
        """Tests, runs and freshness, unless the artifact that should say so is there and cannot be read."""
        if "run-results" not in self.found.broken:
            yield from self._checks(one)
            result = _of(self.found.results, one.relation)
            if result:
                yield Change(one.urn, checks.runs(result), self._at(result.written, result.pointer))
        if "sources" not in self.found.broken:
            loaded = _of(self.found.loaded, one.relation)
            value = checks.freshness(one.relation.limits, loaded)
            if value and loaded:
                yield Change(one.urn, value, self._at(self.found.sources, loaded.pointer, self.project.written))
            elif value:
                yield Change(one.urn, value, self._at(self.project.written, f"{one.relation.head.pointer}.freshness"))

    def _checks(self, one: _Table) -> Iterator[Change]:
        if not one.tests:
            return
        columns = [name for name, _, _, _ in one.table.columns] if one.table else []
        spelling = {name.casefold(): name for name in [*(each.name for each in one.relation.columns), *columns]}
        results = [self.found.results[test.head.id] for test in one.tests if test.head.id in self.found.results]
        value = checks.checks(one.tests, self.found.results, spelling)
        yield Change(one.urn, value, self._of_results(results, one.relation.head))

    def _of_results(self, results: list[Result], head: Head) -> Origin:
        """Where the results stand; with none, where the node stands whose tests never ran."""
        if not results:
            return self._here(head)
        newest = max(results, key=lambda one: _order(one.written.at))
        pointer = newest.pointer if len(results) == 1 else "results"
        return self._at(newest.written, pointer, self.project.written)

    # Uses

    def _exposures(self) -> Iterator[Change]:
        for exposure in self.project.exposures:
            urn, head, here = self.names.urns[exposure.head.id], exposure.head, self._here(exposure.head)
            plain: list[Aspect | None] = [
                uses.exposure_info(exposure, uses.kind_of(exposure)),
                *tables.words(head, self.register, here, self._owners(exposure, here)),
                tables.whole_classes(head),
                tables.deprecation(head, None, self.names, self.project.written.at),
                self._lineage(head, urn, "reads"),
            ]
            yield from (Change(urn, value, here) for value in plain if value is not None)

    def _owners(self, exposure: Exposure, here: Origin) -> tuple[Owner, ...]:
        owner = people.party(exposure.owner)
        return (Owner(self.register.meet(owner, here)),) if owner else ()

    def _metrics(self) -> Iterator[Change]:
        for metric in self.project.metrics:
            urn, head, here = self.names.urns[metric.head.id], metric.head, self._here(metric.head)
            plain: list[Aspect | None] = [
                uses.metric_info(metric),
                *tables.words(head, self.register, here),
                tables.whole_classes(head),
                tables.deprecation(head, None, self.names, self.project.written.at),
                uses.metric_body(metric),
                self._lineage(head, urn, "built from"),
            ]
            yield from (Change(urn, value, here) for value in plain if value is not None)

    def _pipeline(self) -> Iterator[Change]:
        """The project itself: what runs it all."""
        if not self.project.name:
            return
        urn = names.flow_urn(self.project.name, self.names.env)
        here = self._at(self.project.written, "metadata")
        version = (("dbt_version", self.project.version),) if self.project.version else ()
        name = self.project.name
        yield Change(
            urn, Info("pipeline", name, names.PLATFORM, name, self.names.env, "dbt project", properties=version), here
        )
        if self.project.overview:
            there = self._at(self.project.written, self.project.overview_pointer)
            yield Change(urn, Documentation(self.project.overview), there)
        if self.found.last and "run-results" not in self.found.broken:
            yield Change(urn, checks.invocation(self.found.last), self._at(self.found.last.written, "results"))

    # Shared

    def _lineage(self, head: Head, urn: str, how: str) -> Lineage | None:
        upstreams: dict[str, Upstream] = {}
        for parent in head.parents:
            found = self.names.urns.get(parent)
            if found is None:
                why = f"'{head.id}' depends on '{parent}', which is no asset of this manifest."
                self.report.append(Skipped("dependency", why, self.project.written.path, head.pointer))
            elif found != urn:
                upstreams[found] = Upstream(found, how)
        return Lineage(tuple(upstreams.values())) if upstreams else None

    def _unplaced(self) -> None:
        """Report what the artifacts say of things that the manifest does not know."""
        known = {*self.names.urns, *(test.head.id for test in self.project.tests)}
        path = self.project.written.path
        for test in self.project.tests:
            if not any(one in self.names.relations for one in test.on):
                why = f"'{test.head.id}' tests {', '.join(test.on)}, which is no table of this manifest."
                self.report.append(Skipped("dbt test", why, path, test.head.pointer))
        said = [(one, "run result", result.written.path, result.pointer) for one, result in self.found.results.items()]
        said += [(one, "catalog table", self.found.catalog.path, it.pointer) for one, it in self.found.tables.items()]
        said += [
            (one, "source freshness", self.found.sources.path, it.pointer) for one, it in self.found.loaded.items()
        ]
        for unique_id, what, where, pointer in said:
            if unique_id not in known:
                why = f"'{unique_id}' is not in the manifest '{path}': the two are of different states of the project."
                self.report.append(Skipped(what, why, where, pointer))

    def _here(self, head: Head) -> Origin:
        return self._at(self.project.written, head.pointer)

    def _at(self, written: Written, pointer: str, *others: Written) -> Origin:
        times = [one.at for one in (written, *others) if one.at is not None]
        return Origin(self.source, written.path, pointer, max(times, default=None))


def _of(known: dict[str, V], relation: Relation) -> V | None:
    """What is known of a relation under the first of its unique ids that has anything."""
    return next((known[one] for one in relation.head.ids if one in known), None)


def _order(at: datetime | None) -> float:
    return at.timestamp() if at else float("-inf")
