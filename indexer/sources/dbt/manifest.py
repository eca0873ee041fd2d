"""manifest.json into typed records. Owns which sections and kinds of node there are (versions 1 to 12, and 20).

Reads no file. One resource that cannot be used is reported and passed over; kinds of resource that describe no asset
are counted by name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TypeVar

from catalog.change import Skipped
from catalog.errors import RecordInvalid, SourceUnreadable
from indexer.sources.dbt.artifacts import Artifact
from indexer.sources.dbt.body import Body
from indexer.sources.dbt.metrics import (
    Dimensions,
    Measures,
    dimension_names,
    measures_of,
    metric_def,
    saved_query,
    semantic_model,
)
from indexer.sources.dbt.records import Exposure, Group, Head, MetricDef, Project, Relation, Test
from indexer.sources.dbt.relations import relation
from indexer.sources.dbt.resource import Docs, docs_of, head_of, named
from indexer.sources.dbt.tests import data_test, unit_test

R = TypeVar("R")
RELATIONS = ("model", "seed", "snapshot", "source")

# Sections that are read, or hold nothing to be said of an asset: maps repeat what the nodes say.
_READ = {"metadata", "nodes", "sources", "exposures", "metrics", "semantic_models", "saved_queries", "unit_tests"}
_READ |= {"groups", "docs", "disabled"}
_REPEATS = {"parent_map", "child_map", "group_map", "selectors"}
_NO_ASSETS = {"macros": "code that others use", "functions": "code that others use"}


def parse(manifest: Artifact) -> Project:
    """All that a manifest says. Raises SourceUnreadable if it is no manifest at all."""
    return _Reader(manifest).project()


class _Reader:
    """One pass over a manifest."""

    def __init__(self, manifest: Artifact) -> None:
        self.manifest, self.body, self.report = manifest, manifest.body, manifest.body.report
        if not isinstance(self.body.held.get("nodes"), dict):
            raise SourceUnreadable(
                f"'{self.body.locator}' is no dbt manifest: it has no 'nodes'. Run 'dbt parse' and give that folder."
            )
        self.docs: Docs = docs_of(self.body)
        self.parents = self.body.body("parent_map")

    def project(self) -> Project:
        head = self.body.body("metadata")
        relations, tests = self._nodes()
        relations += self._each("sources", self._relation)
        name = head.text("project_name") or _only_package(relations)
        overview, place = self._overview(name)
        self._rest()
        return Project(
            written=self.manifest.written,
            name=name,
            adapter=head.text("adapter_type").lower(),
            version=self.manifest.dbt_version,
            overview=overview,
            overview_pointer=place,
            relations=tuple(relations),
            tests=(*tests, *self._each("unit_tests", lambda one, body: unit_test(self._head(one, body), body))),
            exposures=tuple(self._each("exposures", self._exposure)),
            metrics=tuple(self._metrics()),
            groups=tuple(self._each("groups", self._group)),
        )

    def _nodes(self) -> tuple[list[Relation], list[Test]]:
        relations: list[Relation] = []
        tests: list[Test] = []
        for made in self._each("nodes", self._node):
            if isinstance(made, Relation):
                relations.append(made)
            elif isinstance(made, Test):
                tests.append(made)
        return relations, tests

    def _each(self, section: str, make: Callable[[str, Body], R]) -> list[R]:
        """The records `make` gives for a section's resources, those that it refuses reported."""
        made = []
        for unique_id, body in self.body.bodies(section):
            try:
                made.append(make(unique_id, body))
            except RecordInvalid as error:
                kind = unique_id.partition(".")[0]
                self.report.append(Skipped(f"dbt {kind}", str(error), error.locator, error.pointer, error=True))
        return made

    def _head(self, unique_id: str, body: Body) -> Head:
        return head_of(unique_id, body, self.docs, self.parents.texts(unique_id))

    def _node(self, unique_id: str, body: Body) -> Relation | Test | None:
        head = self._head(unique_id, body)
        if head.type in RELATIONS:
            return relation(head, body, self.docs)
        if head.type == "test":
            return data_test(head, body)
        why = f"A dbt {head.type} is no table, view or use of one."
        self.report.append(Skipped(f"dbt {head.type}", why, body.locator, body.pointer))
        return None

    def _relation(self, unique_id: str, body: Body) -> Relation:
        return relation(self._head(unique_id, body), body, self.docs)

    def _exposure(self, unique_id: str, body: Body) -> Exposure:
        return Exposure(
            head=self._head(unique_id, body),
            use=body.text("type").lower(),
            owner=named(body.body("owner")),
            url=body.text("url"),
            maturity=body.text("maturity"),
        )

    def _group(self, unique_id: str, body: Body) -> Group:
        return Group(head=self._head(unique_id, body), owner=named(body.body("owner")))

    def _metrics(self) -> Iterator[MetricDef]:
        measures: Measures = {}
        dimensions: Dimensions = {}
        for unique_id, body in self.body.bodies("semantic_models"):
            measures |= measures_of(unique_id, body)
            dimensions[unique_id] = dimension_names(body)
        head = self._head
        yield from self._each("semantic_models", lambda one, body: semantic_model(head(one, body), body))
        yield from self._each("metrics", lambda one, body: metric_def(head(one, body), body, measures, dimensions))
        yield from self._each("saved_queries", lambda one, body: saved_query(head(one, body), body))

    def _overview(self, project: str) -> tuple[str, str]:
        """The project's own front page. dbt puts a welcome text of its own in the package 'dbt'."""
        for _, doc in self.body.bodies("docs"):
            if doc.text("name") == "__overview__" and project and doc.text("package_name") == project:
                return doc.text("block_contents"), doc.pointer
        return "", ""

    def _rest(self) -> None:
        """Report what is in the manifest and becomes no asset."""
        for kind, count in sorted(_disabled(self.body).items()):
            why = f"{count} disabled in the project."
            self.report.append(Skipped(f"disabled {kind}", why, self.body.locator, "disabled"))
        for section, held in self.body.held.items():
            if section in _READ | _REPEATS or not isinstance(held, dict | list) or not held:
                continue
            why = _NO_ASSETS.get(section, "a section that this reader does not know")
            told = f"{len(held)} entries: {why}."
            self.report.append(Skipped(f"section {section}", told, self.body.locator, section))


def _disabled(body: Body) -> Counter[str]:
    """How many of each kind are disabled. Manifest 1 and 2 list them, later ones keep lists by unique id."""
    held = body.held.get("disabled")
    nodes = held if isinstance(held, list) else [one for many in body.free("disabled").values() for one in _many(many)]
    return Counter(str(one.get("resource_type", "node")) for one in nodes if isinstance(one, dict))


def _many(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _only_package(relations: list[Relation]) -> str:
    """Manifests before version 10 do not name their project: it is known if only one package has tables."""
    packages = {one.head.package for one in relations}
    return packages.pop() if len(packages) == 1 else ""
