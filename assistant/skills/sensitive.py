"""Whether an asset or column holds personal or other sensitive data, and which models, agents and stores get it."""

from __future__ import annotations

import re
from typing import Any

from assistant.claims import AssetHit, Claim, Draft, Slot, claim, quote
from assistant.desk import Call, Desk
from assistant.skills.registry import DATA_KINDS, Skill
from assistant.subjects import forbidden, hit, others_note, qualified, unresolved
from catalog.access import Level
from catalog.aspects import Classification, Schema, Tags
from catalog.merge import Held, Said
from catalog.trail import Trail, Trails, evidence_of

_MARKED = re.compile(r"\b(pii|personal|sensitive|confidential|gdpr|special[ -_]category|restricted)\b", re.IGNORECASE)
_RECEIVERS = ("model", "model_version", "training_set", "agent", "llm_app", "vector_store", "feature_view", "dashboard")
_SHOWN = 8


def answer(desk: Desk, call: Call) -> Draft:
    """Say which classes the asset and its columns bear and who receives it; unknown where nobody classified it."""
    row = desk.view.asset(call.subject.urn) if call.subject else None
    if call.subject is None or row is None:
        return unresolved(desk, call)
    if row.level is not Level.READ:
        return forbidden(desk, row.urn)
    column = call.subject.column
    classes = desk.read(row.urn, Classification)
    pairs = [pair for pair in classes.value.classes if not column or pair[0] == column] if classes else []
    known = {(name, _plain(value)) for name, value in pairs}
    marked = [
        (name, value)
        for name, value in _marked(desk, row.urn)
        if (not column or name == column) and (name, _plain(value)) not in known
    ]
    reached = Trails(desk.view).walk(row.urn, "down") if pairs or marked else Trail((), (), 0, True)
    receivers = [urn for urn, _ in reached.nodes if (one := desk.view.asset(urn)) and one.kind in _RECEIVERS]
    lead = _lead(desk, row.urn, column, classes, pairs, marked)
    facts: dict[str, object] = {
        "sensitive": bool(pairs or marked) if (classes or marked) else None,
        "classes": [{"column": name, "class": value} for name, value in (*pairs, *marked)],
        "receivers": receivers,
    }
    return Draft(
        "answered" if pairs or marked else "no" if classes else "unknown",
        lead,
        desk.coverage(() if classes or marked else (f"a classification of {row.name}",)),
        others_note(desk, call.subject),
        _flow(desk, row.urn, reached, receivers),
        facts,
        (hit(desk, row.urn), *(AssetHit(urn, desk.view.name(urn), "", 0.5) for urn in receivers[:_SHOWN])),
        (f"May I use {row.name}?", f"What depends on {row.name}?", f"Who owns {row.name}?"),
    )


def _plain(text: str) -> str:
    """A class or tag without the way it is spelled: "personal-data" is "personal data"."""
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def _marked(desk: Desk, urn: str) -> list[tuple[str, str]]:
    """Tags of columns and of the whole asset that say it is sensitive: (column or "", tag)."""
    schema, tags = desk.read(urn, Schema), desk.read(urn, Tags)
    found = [(c.name, tag) for c in schema.value.columns for tag in c.tags if _MARKED.search(tag)] if schema else []
    return found + [("", tag) for tag in tags.value.tags if _MARKED.search(tag)] if tags else found


def _lead(
    desk: Desk,
    urn: str,
    column: str,
    classes: Held[Classification] | None,
    pairs: list[tuple[str, str]],
    marked: list[tuple[str, str]],
) -> tuple[Claim, ...]:
    asset = qualified(desk, urn)
    subject, slots = ("{column} of {asset}", {"column": quote(column)}) if column else ("{asset}", {})
    proofs = [*(classes.said if classes else ()), *_marking(desk, urn, marked), desk.proof_of(urn)]
    if column:
        schema = desk.read(urn, Schema)
        proofs += schema.said if schema else ()
    if pairs or marked:
        names = [quote(name) for name in {_plain(value): value for _, value in (*marked, *pairs)}.values()]
        said = [claim(f"{subject} holds {{classes}}.", proofs, asset=asset, classes=names, **slots)]
        columns = [Slot("quote", name, name) for name in dict.fromkeys(name for name, _ in (*pairs, *marked) if name)]
        if columns and not column:
            word = "Column" if len(columns) == 1 else "Columns"
            said.append(claim(f"{word}: {{columns}}.", proofs, columns=columns))
        return tuple(said)
    proof = desk.searched(f"classification of {urn} {column}".strip(), 0)
    if classes:
        text = f"{subject} is classified, and nothing sensitive is recorded for it."
        return (claim(text, [*proofs, proof], asset=asset, **slots),)
    text = f"Nobody has recorded whether {subject} holds sensitive data. That is not the same as no."
    return (claim(text, [*proofs, proof], asset=asset, **slots),)


def _marking(desk: Desk, urn: str, marked: list[tuple[str, str]]) -> list[Said[Any]]:
    if not marked:
        return []
    schema, tags = desk.read(urn, Schema), desk.read(urn, Tags)
    return [*(schema.said if schema else ()), *(tags.said if tags else ())]


def _flow(desk: Desk, urn: str, reached: Trail, receivers: list[str]) -> tuple[Claim, ...]:
    """Which models, agents, stores and dashboards lie downstream, by the edges that lead there."""
    if not receivers:
        return ()
    shown = receivers[:_SHOWN]
    edges = evidence_of(desk.view, (edge for edge in reached.edges if edge.urn in shown))
    proofs = [*edges, *(desk.proof_of(other) for other in shown)]
    more = "" if len(shown) == len(receivers) else " and more"
    return (claim(f"It flows on into {{receivers}}{more}.", proofs, receivers=[qualified(desk, o) for o in shown]),)


SKILL = Skill(
    "sensitive",
    __doc__,
    (
        "does {asset} hold personal data",
        "does {asset} contain personal data",
        "is {asset} personal data",
        "is there pii in {asset}",
        "which columns of {asset} are sensitive",
        "is {column} sensitive",
        "is {asset} free of personal data",
        "any sensitive data in {asset}",
        "is {asset} confidential",
        "how is {asset} classified",
        "which models receive personal data from {asset}",
        "where does the personal data in {asset} end up",
        "does {asset} have e-mail addresses in it",
    ),
    answer,
    kinds=DATA_KINDS,
    cues=("personal", "pii", "sensitive", "classified", "classification", "confidential", "gdpr", "privacy"),
    decides=r"\b(?:pii|personal|sensitive|confidential|gdpr|classified|free of)\b",
)
