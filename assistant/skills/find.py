"""Where something is kept: which tables, columns, dashboards, metrics, models or people match, best first."""

from __future__ import annotations

from dataclasses import replace

from assistant.caveats import caveats
from assistant.claims import AssetHit, Claim, Draft, Slot, claim, date, quote
from assistant.conditions import meets
from assistant.desk import Call, Desk, Filters, Found
from assistant.skills.registry import Skill
from assistant.subjects import forbidden, kind_words, qualified, quote_words, shared_words, unresolved
from catalog.aspects import Documentation, Freshness, Info, Lineage, Ownership, Schema, Term
from retrieval.analyzer import split

_LIMIT = 10
_CANDIDATES = 300  # looked at where conditions leave out most of what matches the words
_SHOWN = 4
_LOOKED_AT = 3
_MANY = 3  # words from which on half of them is chance: more than half must be said
_LONG = 5  # letters of a column name from which on it is no chance word


def answer(desk: Desk, call: Call) -> Draft:
    """Put the best match first and say why, whose it is, how fresh, what to watch; then the runners-up."""
    topic = call.topic or desk.question
    found = _search(desk, topic, call.filters)
    if not found:
        return unresolved(desk, call)
    found = sorted(found, key=lambda one: not desk.view.readable(one.urn))  # what may be read answers the question
    best = found[0]
    if not desk.view.readable(best.urn):
        return forbidden(desk, best.urn)
    words = set(split(topic))
    if not any(_mentions(desk, one.urn, words) for one in found[:_LOOKED_AT]):
        return unresolved(desk, call)
    return Draft(
        "answered",
        (_best(desk, best.urn), *_because(desk, best.urn, words)),
        desk.coverage(),
        caveats(desk, best.urn),
        (*_whose(desk, best.urn), *_fresh(desk, best.urn), *_others(desk, found[1:], topic)),
        {"matches": [{"urn": one.urn, "why": one.why} for one in found]},
        tuple(AssetHit(one.urn, one.name, one.kind, one.score) for one in found),
        _follow_ups(best),
    )


def _mentions(desk: Desk, urn: str, words: set[str]) -> bool:
    """Whether what is written about an asset says enough of the words: nearness in meaning proves nothing."""
    row, documentation, schema = desk.view.asset(urn), desk.read(urn, Documentation), desk.read(urn, Schema)
    texts = [row.qualified_name, row.name, *row.tags, *map(desk.view.name, row.terms)] if row else []
    texts += [documentation.value.text] if documentation else []
    for term in row.terms if row else ():
        held = desk.read(term, Term)
        texts += held.value.synonyms if held else ()
    texts += [f"{column.name} {column.description}" for column in schema.value.columns] if schema else []
    lineage = desk.read(urn, Lineage)
    if row is not None and row.kind not in ("table", "view", "topic"):
        texts += [desk.view.name(upstream.urn) for upstream in lineage.value.upstreams] if lineage else []
    said = len(shared_words(words, " ".join(texts)))
    return 2 * said >= len(words) if len(words) < _MANY else 2 * said > len(words)


def _search(desk: Desk, topic: str, filters: Filters) -> list[Found]:
    """Within the kinds asked for; if nothing there matches, among everything."""
    found = _within(desk, topic, filters) or _within(desk, topic, replace(filters, kinds=()))
    held = {one.urn for one in desk.finder.link(topic) if one.column and len(one.text) >= len(one.column) > _LONG}
    found = sorted(found, key=lambda one: one.urn not in held)  # a table with that very column holds it
    return [one for one in found if desk.view.asset(one.urn)]


def _within(desk: Desk, topic: str, filters: Filters) -> list[Found]:
    """The best hits that meet the conditions of the question."""
    if not filters.where:
        return list(desk.finder.search(topic, filters, _LIMIT))
    found = desk.finder.search(topic, filters, _CANDIDATES)
    rows = desk.rows(one.urn for one in found)
    return [one for one in found if one.urn in rows and meets(rows[one.urn], filters.where)][:_LIMIT]


def _best(desk: Desk, urn: str) -> Claim:
    info = desk.read(urn, Info)
    proofs = list(info.said) if info else [desk.proof_of(urn)]
    kind = kind_words(desk, urn)
    if info is not None and info.value.platform:
        platform = Slot("quote", info.value.platform, info.value.platform)
        return claim(
            f"Best match: {{asset}}, a {kind} in {{platform}}.", proofs, asset=qualified(desk, urn), platform=platform
        )
    return claim(f"Best match: {{asset}}, a {kind}.", proofs, asset=qualified(desk, urn))


def _because(desk: Desk, urn: str, words: set[str]) -> tuple[Claim, ...]:
    """Why it is the right one: what people wrote about it, and the columns that the words name."""
    claims = []
    documentation, schema = desk.read(urn, Documentation), desk.read(urn, Schema)
    if documentation is not None and documentation.value.text.strip():
        claims.append(claim("{text}", [documentation.said[0]], text=quote(documentation.value.text, 250)))
    if schema is not None:
        named = [column for column in schema.value.columns if shared_words(words, column.name)][:6]
        if named:
            slots = [Slot("quote", column.name, column.name) for column in named]
            word = "column" if len(named) == 1 else "columns"
            claims.append(claim(f"It has the {word} {{columns}}.", schema.said, columns=slots))
    return tuple(claims)


def _whose(desk: Desk, urn: str) -> tuple[Claim, ...]:
    held = desk.read(urn, Ownership)
    if held is None or not held.value.owners:
        nothing = desk.searched(f"owner of {urn}", 0)
        return (claim("No owner is recorded for it.", [nothing]),)
    owners = [desk.slot(owner.urn) for owner in held.value.owners]
    return (claim("Owned by {owners}.", [held.said[0]], owners=owners),)


def _fresh(desk: Desk, urn: str) -> tuple[Claim, ...]:
    held = desk.read(urn, Freshness)
    if held is None or held.value.loaded_at is None:
        return ()
    return (claim("Last loaded {at}.", [held.said[0]], at=date(held.value.loaded_at, desk.now)),)


def _others(desk: Desk, found: list[Found], topic: str) -> tuple[Claim, ...]:
    if not found:
        return ()
    shown = found[:_SHOWN]
    slots = [qualified(desk, one.urn) for one in shown]
    proofs = [desk.proof_of(one.urn) for one in shown]
    return (
        claim(
            "Also matching {topic}: {others}.",
            [*proofs, desk.searched(topic, len(found) + 1)],
            topic=quote_words(topic),
            others=slots,
        ),
    )


def _follow_ups(best: Found) -> tuple[str, ...]:
    return (f"Who owns {best.name}?", f"Can I trust {best.name}?", f"Where does {best.name} come from?")


SKILL = Skill(
    "find",
    __doc__,
    (
        "where do we keep {topic}",
        "where is {topic}",
        "where can I find {topic}",
        "which table has {topic}",
        "which tables contain {topic}",
        "is there a table with {topic}",
        "do we have data on {topic}",
        "find {topic}",
        "search for {topic}",
        "which dashboard shows {topic}",
        "is there a dashboard for {topic}",
        "is there a model that predicts {topic}",
        "what data do we have about {topic}",
        "I am looking for {topic}",
        "looking for {topic}",
        "is {topic} anywhere",
        "do we have a table with {topic}",
        "any table for {topic}",
        "which column holds {topic}",
        "where is {topic} stored",
        "show me tables about {topic}",
        "which feature describes {topic}",
        "what should I use for {topic}",
    ),
    answer,
    cues=("where", "find", "which", "keep", "stored", "store", "search", "looking", "have", "data", "there", "locate"),
    needs="topic",
)
