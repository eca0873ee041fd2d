"""Entries to the aspects of their assets. Pure functions; owns what each key of the format becomes in the catalog."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from catalog import aspects as a
from catalog.kinds import KINDS
from catalog.urn import PREFIX, env_of, name_of, platform_of
from indexer.sources.files import entries as e
from indexer.sources.files.ai_entries import CustomEntry, IncidentEntry
from indexer.sources.files.ai_records import ai_aspect, same_fields
from indexer.sources.files.parsing import nearest
from indexer.sources.files.placing import Placed, References
from indexer.sources.files.references import OWN_PLATFORM

# Keys whose references are upstreams of the entry, and how it depends on them. Not `writes`, which runs the other way.
_UPSTREAM_KEYS = {
    "reads": "reads",
    "uses": "uses",
    "built_from": "built from",
    "contains": "contains",
    "trained_on": "trained on",
    "serves": "serves",
    "about": "about",
    "assets": "contains",
    "features": "uses",
    "prompts": "uses",
    "tools": "uses",
    "vector_stores": "uses",
    "agents": "uses",
    "training_run": "produced by",
}


def aspects_of(placed: Placed, refs: References, now: datetime) -> Iterator[a.Aspect]:
    """What an entry says of its own asset. Who has left by `now` is gone."""
    entry = placed.entry
    assert isinstance(entry, e.Named)
    yield from _common(placed, entry, refs)
    if isinstance(entry, e.Asset):
        yield from _governance(entry, refs)
    if isinstance(entry, e.DataAsset):
        yield from _operation(entry, refs)
    if isinstance(entry, e.PersonEntry):
        yield _person(entry, refs, now)
    contract = entry.contract if isinstance(entry, e.TableEntry | e.DataProductEntry) else None
    if contract:
        yield a.Contract(**same_fields(a.Contract, contract))
    if isinstance(entry, e.TableEntry) and entry.columns:
        yield _schema(entry, refs)
    make = _MAKERS.get(type(entry))
    for value in (_lineage(placed, refs), make(placed, refs) if make else None, ai_aspect(placed, refs)):
        if value is not None and value != type(value)():
            yield value


def _common(placed: Placed, entry: e.Named, refs: References) -> Iterator[a.Aspect]:
    info = _table_info(placed, entry) if isinstance(entry, e.TableEntry) else _info(placed, entry, refs)
    if info != a.Info():
        yield info
    if entry.description:
        yield a.Documentation(entry.description)
    if entry.tags:
        yield a.Tags(_labels(entry.tags))
    if entry.links:
        yield a.Links(tuple(a.Link(link.url, link.label) for link in entry.links))


def _info(placed: Placed, entry: e.Named, refs: References) -> a.Info:
    parent = refs.one(entry, "parent") if isinstance(entry, e.DomainEntry | CustomEntry) else placed.parent
    computes = isinstance(entry, e.DataAsset)
    return a.Info(
        kind=placed.kind,
        name=placed.title,
        platform=placed.platform if computes and placed.platform != OWN_PLATFORM else "",
        env=env_of(placed.urn),
        subtype=entry.kind if isinstance(entry, e.DocumentEntry) else getattr(entry, "subtype", ""),
        parent=parent,
        url=entry.url,
        created_at=getattr(entry, "created", None),
        modified_at=getattr(entry, "modified", None),
        properties=entry.properties,
    )


def _table_info(placed: Placed, entry: e.TableEntry) -> a.Info:
    """Only what is said: name and kind of a table are usually for its own source to say."""
    known_here = bool(entry.kind)
    full = name_of(placed.urn)
    return a.Info(
        kind=entry.kind,
        name=entry.name or (full.rsplit(".", 1)[-1] if known_here else ""),
        platform=platform_of(placed.urn) if known_here else "",
        qualified_name=full if known_here else "",
        env=env_of(placed.urn) if known_here else "",
        subtype=entry.subtype,
        url=entry.url,
        created_at=entry.created,
        modified_at=entry.modified,
        properties=entry.properties,
    )


def _labels(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag.lstrip("#") for tag in tags))


def _governance(entry: e.Asset, refs: References) -> Iterator[a.Aspect]:
    owners = tuple(a.Owner(urn, owner.role) for owner in entry.owners if (urn := refs.one(owner, "who")))
    if owners:
        yield a.Ownership(owners)
    if domain := refs.one(entry, "domain"):
        yield a.Membership(domain)
    if terms := refs.many(entry, "terms"):
        yield a.Terms(terms)
    columns = entry.columns if isinstance(entry, e.TableEntry) else ()
    classes = [("", name) for name in entry.classification]
    classes += [(column.name, name) for column in columns for name in column.classification]
    if classes:
        yield a.Classification(tuple(dict.fromkeys(classes)))
    if gone := entry.deprecated:
        yield a.Deprecation(gone.deprecated, gone.note, refs.one(gone, "replacement"), gone.since)
    if entry.certified or entry.tier is not None:
        good = entry.certified or e.CertifiedEntry(certified=False)
        yield a.Certification(good.certified, entry.tier, refs.one(good, "by"), good.note, good.at)


def _operation(entry: e.DataAsset, refs: References) -> Iterator[a.Aspect]:
    if entry.sql:
        yield a.Logic(entry.sql)
    if entry.checks:
        yield a.Checks(tuple(a.Check(**same_fields(a.Check, check)) for check in entry.checks))
    if entry.freshness:
        yield a.Freshness(**same_fields(a.Freshness, entry.freshness))
    if entry.usage:
        ids = ((refs.target(e.Ref(who, refs.line), "person"), count) for who, count in entry.usage.top_users)
        users = tuple((target.urn, count) for target, count in ids if target)
        yield a.Usage(**same_fields(a.Usage, entry.usage) | {"top_users": users})
    if entry.queries:
        yield a.Queries(tuple(a.ExampleQuery(q.sql, q.title, refs.one(q, "by"), q.at, q.runs) for q in entry.queries))
    schedule = entry.schedule if isinstance(entry, e.PipelineEntry) else ""
    if entry.last_run or schedule:
        run = entry.last_run or e.RunEntry()
        yield a.Runs(**same_fields(a.Runs, run), schedule=schedule)


def _lineage(placed: Placed, refs: References) -> a.Lineage:
    entry = placed.entry
    upstreams: dict[tuple[str, str], None] = {}
    edges: list[a.ColumnEdge] = []
    for key, how in _UPSTREAM_KEYS.items():
        if key in e.keys_of(type(entry)) and not isinstance(getattr(entry, key), str):
            nested = key == "features" and placed.kind == "feature_view"
            for target in () if nested else refs.targets(entry, key):
                upstreams[target.asset, how] = None
                if target.column:
                    edges.append(a.ColumnEdge(target.asset, target.column, ""))
    for urn in placed.inner if placed.kind != "pipeline" else ():
        upstreams[urn, "contains"] = None
    model = refs.name_or_urn(getattr(entry, "model", ""))
    if model.startswith(PREFIX):
        upstreams[model, "uses"] = None
    for column in entry.columns if isinstance(entry, e.TableEntry) else ():
        for target in refs.targets(column, "reads"):
            upstreams[target.asset, "reads"] = None
            if target.column:
                edges.append(a.ColumnEdge(target.asset, target.column, column.name))
    return a.Lineage(tuple(a.Upstream(urn, how) for urn, how in upstreams), tuple(dict.fromkeys(edges)))


def written_by(placed: Placed, refs: References) -> Iterator[tuple[str, a.Upstream]]:
    """What a pipeline or task says of the assets it writes: that they come from it."""
    if isinstance(placed.entry, e.TaskEntry | e.PipelineEntry):
        for target in refs.targets(placed.entry, "writes"):
            yield target.asset, a.Upstream(placed.urn, "written by")


def incident_of(entry: IncidentEntry, urn: str, refs: References) -> tuple[tuple[str, ...], a.Incident]:
    """The assets an incident hits, and the incident."""
    values = same_fields(a.Incident, entry) | {"owner": refs.one(entry, "owner"), "urn": urn}
    return tuple(dict.fromkeys(target.asset for target in refs.targets(entry, "about"))), a.Incident(**values)


def _person(entry: e.PersonEntry, refs: References, now: datetime) -> a.Aspect:
    return a.Person(
        full_name=entry.name,
        email=entry.email,
        title=entry.title,
        slack=entry.slack,
        active=entry.left is None or entry.left > now,
        joined_at=entry.joined,
        left_at=entry.left,
        manager=refs.one(entry, "manager"),
        teams=refs.many(entry, "teams"),
        roles=entry.roles,
    )


def _team(placed: Placed, refs: References) -> a.Aspect:
    urns = {key: refs.one(placed.entry, key) for key in ("lead", "parent")}
    return a.Team(**same_fields(a.Team, placed.entry) | urns | {"members": refs.many(placed.entry, "members")})


def _term(placed: Placed, refs: References) -> a.Aspect:
    urns = {key: refs.many(placed.entry, key) for key in ("related", "rivals", "implemented_by")}
    return a.Term(**same_fields(a.Term, placed.entry) | urns | {"parent": refs.one(placed.entry, "parent")})


def _metric(placed: Placed, refs: References) -> a.Aspect:
    return a.Metric(**same_fields(a.Metric, placed.entry))


def _product(placed: Placed, refs: References) -> a.Aspect:
    return a.Product(**same_fields(a.Product, placed.entry) | {"assets": refs.many(placed.entry, "assets")})


def _schema(entry: e.TableEntry, refs: References) -> a.Schema:
    """Positions only for a table known here alone: elsewhere people name some columns, in any order."""
    numbered = [(index if entry.kind else 0, column) for index, column in enumerate(entry.columns, 1)]
    return a.Schema(tuple(_column(column, position, refs) for position, column in numbered))


def _column(column: e.ColumnEntry, position: int, refs: References) -> a.Column:
    values = same_fields(a.Column, column)
    values |= {"tags": _labels(column.tags), "terms": refs.many(column, "terms"), "position": position}
    return a.Column(**values)


def _policy(placed: Placed, refs: References) -> a.Aspect:
    entry = placed.entry
    assert isinstance(entry, e.PolicyEntry)
    values = same_fields(a.Policy, entry) | {
        "applies_to": tuple(selector for ref in entry.applies_to for selector in _applies_to(ref, refs)),
        "contact": refs.one(entry, "contact"),
        "access": tuple(_access(rule, refs) for rule in entry.access),
    }
    return a.Policy(**values)


def _applies_to(ref: e.Ref, refs: References) -> tuple[str, ...]:
    prefix, _, rest = ref.text.partition(":")
    if prefix in ("tag", "class") and rest:
        return (ref.text,)
    found = refs.selectors((ref,))
    return tuple(f"domain:{urn}" for urn in found) if prefix == "domain" else found


def _access(rule: e.AccessEntry, refs: References) -> a.AccessRule:
    """A rule with a selector that selects nothing would open what it should close, so words are checked strictly."""
    who = tuple(name for ref in rule.who if (name := _viewer(ref, refs)))
    unless = tuple(name for ref in rule.unless if (name := _viewer(ref, refs)))
    for ref in rule.assets:
        if key := _SELECTED_BY.get(ref.text.partition(":")[0], "columns" if "#" in ref.text else ""):
            refs.mistakes.append((ref.line, f"'{ref.text}' selects no asset. Write it under '{key}' of this rule."))
    for kind in rule.kinds:
        if not refs.names.is_kind(kind):
            guess = refs.names.like_kind(kind) or nearest(kind, list(KINDS))
            refs.mistakes.append((refs.line, f"'{kind}' under 'kinds' is not a kind. Did you mean '{guess}'?"))
    values = same_fields(a.AccessRule, rule)
    return a.AccessRule(
        **values
        | {"who": who, "unless": unless, "domains": refs.many(rule, "domains"), "assets": refs.selectors(rule.assets)}
    )


_SELECTED_BY = {"tag": "tags", "class": "classes", "domain": "domains"}


def _viewer(ref: e.Ref, refs: References) -> str:
    if ref.text == "everyone" or ref.text.startswith("role:"):
        return ref.text
    target = refs.target(ref, "person")
    return target.urn if target else ""


_MAKERS: dict[type, Callable[[Placed, References], a.Aspect]] = {
    e.TeamEntry: _team,
    e.TermEntry: _term,
    e.MetricEntry: _metric,
    e.DataProductEntry: _product,
    e.PolicyEntry: _policy,
}
