"""Keeping what was asked and answered: the answer and its audit row, in one transaction. Owns what such a row says.

Where the audit is required and cannot be written, there is no answer (AuditUnwritable); at best effort the answer is
given and says that it has no row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import insert

from assistant.answer import Answer, to_json
from assistant.claims import SearchProof
from assistant.conversation import remembered
from assistant.desk import Call, Found
from catalog import tables
from catalog.audit.effects import SEALED
from catalog.audit.keeping import Effect, keep, nothing
from catalog.audit.record import Event, Json
from catalog.catalog import Catalog
from catalog.codec import stamp
from catalog.database import micros
from catalog.urn import PREFIX
from catalog.view import View

_RECALLED = 20  # assets of an answer that "the third one" may mean


class Ledger:
    """Writes for one assistant."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def answer(self, answer: Answer, view: View, viewers: Sequence[str], at: datetime, call: Call) -> tuple[str, ...]:
        """Keep an answer, for replay and for the conversation. Returns what the answer has to say about that."""
        text = json.dumps(to_json(answer), ensure_ascii=False)
        row = {
            "answer_id": answer.answer_id,
            "conversation": answer.conversation,
            "viewer": viewers[0] if viewers else "",
            "asked_at": micros(at),
            "catalog_version": view.version,
            "question": answer.question,
            "answer": text,
            "call": remembered(call, [one.urn for one in answer.draft.assets[:_RECALLED]]),
        }
        event = Event(
            "denial" if answer.verdict == "forbidden" else "answer",
            tuple(viewers),
            tuple(_shown(answer)),
            answer.answer_id,
            self._detail(answer, view, call, viewers[0] if viewers else ""),
            sealed=sealed_parts(row),
        )
        return self._keep(event, lambda connection: connection.execute(insert(tables.answers), [row]))

    def search(self, text: str, view: View, viewers: Sequence[str], found: Sequence[Found]) -> tuple[str, ...]:
        """Keep that a search was made and what it showed."""
        detail: dict[str, Json] = {"question": text, "scope": view.scope.digest, "catalog_version": view.version}
        return self._keep(Event("search", tuple(viewers), tuple(one.urn for one in found), detail=detail))

    def cite(self, ref: str, urn: str, viewers: Sequence[str], found: bool) -> tuple[str, ...]:
        """Keep that a record was opened, or that it was asked for and not there to be read."""
        assets = (urn,) if found else ()
        return self._keep(Event("cite", tuple(viewers), assets, detail={"ref": ref, "found": found}))

    def note(self, event: Event) -> tuple[str, ...]:
        """Keep something that has no other effect."""
        return self._keep(event)

    def _keep(self, event: Event, effect: Effect = nothing) -> tuple[str, ...]:
        return keep(self.catalog.database, self.catalog.audit, event, effect)

    def _detail(self, answer: Answer, view: View, call: Call, asker: str) -> Mapping[str, Json]:
        proofs = [proof for claim in answer.draft.claims for proof in claim.evidence]
        searches = {proof.ref() for proof in proofs if isinstance(proof, SearchProof)}
        return {
            "question": answer.question,
            "asker": asker,
            "conversation": answer.conversation,
            "verdict": answer.verdict,
            "skill": answer.skill,
            "call": call_json(call),
            "policies": self.catalog.policy_version(),
            "scope": view.scope.digest,
            "catalog_version": view.version,
            "as_of": stamp(view.as_of) if view.as_of else "",
            "evidence": sorted({proof.ref() for proof in proofs} - searches),
            "searches": sorted(searches),
        }


def sealed_parts(row: Mapping[str, object]) -> tuple[str, ...]:
    """What of an answer's stored row the audit holds fast."""
    return tuple(str(row[name]) for name in SEALED)


def call_json(call: Call) -> dict[str, Json]:
    """A call as it is kept, so that it can be made again."""
    kept: dict[str, Json] = json.loads(json.dumps(asdict(call)))
    return {key: value for key, value in kept.items() if value}


def _shown(answer: Answer) -> set[str]:
    """Every asset (URN) that the answer names."""
    shown = {one.urn for one in answer.draft.assets} | {one.urn for one in answer.citations}
    held = {slot.held for claim in answer.draft.claims for _, slot in claim.slots if slot.kind == "name"}
    return {urn for urn in shown | held if urn.startswith(PREFIX)}
