"""Replaying an answer: the same question to the catalog as it was known then, compared sentence by sentence.

The view, the policies, the teams and the clock are those of the answer; the search index and the code are of today.
Shows nothing that the one who replays may not see now.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select

from assistant.claims import AssetHit, Claim
from assistant.desk import Call, Desk, Filters, Subject
from assistant.service import Assistant
from catalog import tables
from catalog.audit.reading import check_reader, find_row, may_see
from catalog.audit.record import Event, Row, canonical, texts
from catalog.change import Evidence, parse_ref
from catalog.codec import stamp, unstamp
from catalog.database import moment
from catalog.errors import NotFound
from catalog.known import Known
from catalog.reader import read_contents

Outcome = Literal["identical", "differs", "erased"]


@dataclass(frozen=True)
class Sentence:
    """One claim: its text and the references that prove it."""

    text: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Replay:
    """What replaying found. `gone`: sentences only of then; `new`: only of now; `withheld`: texts are left out."""

    answer_id: str
    outcome: Outcome
    asked_at: datetime
    catalog_version: int
    question: str = ""
    verdicts: tuple[str, str] = ("", "")
    gone: tuple[Sentence, ...] = ()
    new: tuple[Sentence, ...] = ()
    same: int = 0
    erased: tuple[str, ...] = ()  # references whose value was erased since
    withheld: bool = False
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """For programs."""
        return {
            "answer_id": self.answer_id,
            "outcome": self.outcome,
            "asked_at": stamp(self.asked_at),
            "catalog_version": self.catalog_version,
            "question": self.question,
            "verdict_then": self.verdicts[0],
            "verdict_now": self.verdicts[1],
            "same": self.same,
            "gone": [{"text": one.text, "evidence": list(one.evidence)} for one in self.gone],
            "new": [{"text": one.text, "evidence": list(one.evidence)} for one in self.new],
            "erased": list(self.erased),
            "withheld": self.withheld,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class _Kept:
    """A stored answer with its audit row."""

    asked_at: int
    version: int
    viewer: str
    question: str | None
    answer: dict[str, Any]
    row: Row | None

    @property
    def viewers(self) -> tuple[str, ...]:
        """Everyone the answer was for."""
        named = texts(self.row.body().get("viewers")) if self.row else []
        return tuple(named) or (self.viewer,)


def replay(assistant: Assistant, answer_id: str, viewers: Sequence[str]) -> Replay:
    """Ask again what was asked then. For who asked it, and for readers of the audit.

    Raises NotFound for an answer that there is not, AuditForbidden for somebody else's.
    """
    kept = _read(assistant, answer_id)
    if list(viewers) != [kept.viewer]:
        check_reader(assistant.catalog, viewers)
    notes = assistant.ledger.note(Event("replay", tuple(viewers), detail={"replayed": answer_id}))
    at = moment(kept.asked_at)
    if kept.question is None:
        return Replay(answer_id, "erased", at, kept.version, notes=notes)
    verdict, now = _again(assistant, kept, kept.question)
    then = _sentences_of(kept.answer)
    erased = _erased(assistant, then)
    gone = tuple(one for one in then if one not in now)
    new = tuple(one for one in now if one not in then)
    verdicts = (str(kept.answer.get("verdict", "")), verdict)
    alike = then == now and verdicts[0] == verdicts[1]
    outcome: Outcome = "erased" if erased else "identical" if alike else "differs"
    same = len(then) - len(gone)
    if not may_see(assistant.catalog, assistant.catalog.scope(*viewers), _row_of(kept)):
        return Replay(answer_id, outcome, at, kept.version, same=same, withheld=True, notes=notes)
    return Replay(answer_id, outcome, at, kept.version, kept.question, verdicts, gone, new, same, erased, notes=notes)


def _read(assistant: Assistant, answer_id: str) -> _Kept:
    c = tables.answers.c
    query = select(c.asked_at, c.catalog_version, c.viewer, c.question, c.answer).where(c.answer_id == answer_id)
    with assistant.catalog.database.reading() as connection:
        found = connection.execute(query).first()
        row = find_row(connection, answer_id)
    if found is None:
        raise NotFound(
            f"There is no answer '{answer_id}'. Take its id from 'docent ask --json' or 'docent audit list'."
        )
    return _Kept(*found[:4], json.loads(found.answer) if found.answer else {}, row)


def _again(assistant: Assistant, kept: _Kept, question: str) -> tuple[str, tuple[Sentence, ...]]:
    known = Known(kept.version, kept.asked_at)
    body = kept.row.body() if kept.row else {}
    as_of = body.get("as_of")
    scope = assistant.catalog.scope(*kept.viewers, known=known)
    view = assistant.catalog.view(scope, unstamp(as_of) if isinstance(as_of, str) and as_of else None, known)
    desk = Desk(view, assistant.finder(view), moment(kept.asked_at), question)
    call = _call_of(body.get("call")) or assistant.planner().plan(desk).call
    draft = assistant.run(desk, call)
    return draft.verdict, tuple(_sentence(claim) for claim in draft.claims)


def _sentence(claim: Claim) -> Sentence:
    return Sentence(claim.text, tuple(sorted(proof.ref() for proof in claim.evidence)))


def _sentences_of(answer: dict[str, Any]) -> tuple[Sentence, ...]:
    """The claims of a stored answer object."""
    refs = {one["id"]: one["ref"] for one in answer.get("citations", ())}
    return tuple(
        Sentence(one["text"], tuple(sorted(refs[ident] for ident in one["evidence"])))
        for one in answer.get("claims", ())
    )


def _erased(assistant: Assistant, then: Sequence[Sentence]) -> tuple[str, ...]:
    refs = sorted({ref for one in then for ref in one.evidence if not ref.startswith("search?")})
    cited: dict[str, Evidence] = {ref: parse_ref(ref) for ref in refs}
    with assistant.catalog.database.reading() as connection:
        texts_ = read_contents(connection, sorted({one.version for one in cited.values()}))
    return tuple(ref for ref, one in cited.items() if texts_.get(one.version, "") is None)


def _row_of(kept: _Kept) -> Row:
    """The audit row, or what it would name, for an answer that has none."""
    if kept.row is not None:
        return kept.row
    named = [one.get("urn", "") for key in ("assets", "citations") for one in kept.answer.get(key, ())]
    return Row("", 0, 0, "answer", "", (), "", "", "", canonical({"assets": named}))


def _call_of(found: object) -> Call | None:
    """A call as the ledger keeps it (assistant/ledger)."""
    if not isinstance(found, dict) or not isinstance(found.get("skill"), str):
        return None
    held = found.get("subject")
    filters = {key: tuple(map(_frozen, values)) for key, values in found.get("filters", {}).items()}
    return Call(
        found["skill"],
        _subject_of(held) if isinstance(held, dict) else None,
        found.get("topic", ""),
        found.get("direction", ""),
        Filters(**filters),
        tuple(found.get("several", ())),
        since=found.get("since", ""),
        until=found.get("until", ""),
    )


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _subject_of(held: dict[str, Any]) -> Subject:
    others = tuple(AssetHit(**other) for other in held.get("others", ()))
    return Subject(held["urn"], held.get("column", ""), held.get("text", ""), others, held.get("certain", True))
