"""The assistant: questions in, cited answers out. The one object behind every door.

Owns the order of the steps (scope, plan, run, verify, record). Doors hold no logic of their own.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from sqlalchemy import select

from assistant.answer import Answer, Citation, finish
from assistant.claims import Draft, Proof, SearchProof
from assistant.conversation import recalled
from assistant.desk import Bounds, Call, Desk, Filters, Finder, Found, Turn
from assistant.finding import IndexFinder
from assistant.grounding import Ungrounded, check
from assistant.index import SearchIndex
from assistant.ledger import Ledger
from assistant.merging import merged
from assistant.model.path import ModelPath, Session
from assistant.names import NameFinder
from assistant.planner import Planner
from assistant.router import Router
from assistant.skills.registry import skills
from assistant.subjects import guessed
from catalog import tables
from catalog.aspects import Info
from catalog.catalog import Catalog
from catalog.change import Evidence, parse_ref
from catalog.citing import Record
from catalog.codec import encode, stamp
from catalog.database import moment
from catalog.errors import BadInput, NotFound
from catalog.view import View
from retrieval.errors import GenerationUnusable

_LOG = logging.getLogger("docent.answers")
MAX_QUESTION = 4000  # characters; longer ones are pasted text, not questions
_QUOTED = 240
_TURNS = 8  # of a conversation that "it" may refer to


@dataclass(frozen=True)
class Asked:
    """A question with who asks and how. `viewers`: everyone who will read the answer (URNs)."""

    question: str
    viewers: tuple[str, ...]
    as_of: datetime | None = None
    conversation: str = ""
    skill: str = ""  # set when the door knows the kind of question
    direction: str = ""
    since: datetime | None = None  # for questions about a stretch of time
    until: datetime | None = None
    domains: tuple[str, ...] = ()
    bounds: Bounds = field(default_factory=Bounds)
    model: bool = True  # False: no language model, even when one is configured


@dataclass(frozen=True)
class Searched:
    """Search results for one viewer."""

    query: str
    results: tuple[Found, ...]
    platforms: tuple[str, ...]
    total: int
    complete: bool
    timing_ms: float
    notes: tuple[str, ...] = ()


class Assistant:
    """Answers from a catalog and its index, for viewers. Safe to share between threads."""

    def __init__(self, catalog: Catalog, index: SearchIndex, clock: Callable[[], datetime],
                 model: ModelPath | None = None) -> None:  # fmt: skip
        self.catalog = catalog
        self.index = index
        self.clock = clock
        self.ledger = Ledger(catalog)
        self.model = model
        self._planner: Planner | None = None

    # Answering ---------------------------------------------------------------------------------------------------

    def ask(self, asked: Asked) -> Answer:
        """Answer a question within what all its viewers may see. Raises BadInput for no question or a monster."""
        begun, now = time.perf_counter(), self.clock()
        session = self.model.begin() if self.model and asked.model and not asked.skill else None
        question = _checked(asked.question)
        view = self.view(asked.viewers, asked.as_of)
        against = partial(self.catalog.policies_against, view.scope)
        desk = Desk(view, self.finder(view), now, question, self._turns(asked.conversation), against)
        opened = time.perf_counter()
        calls = [_narrowed(call, asked) for call in self._plan(asked, desk, session)]
        planned = time.perf_counter()
        draft = merged(desk, [(call, _run(desk, call)) for call in calls])
        _verify(view, draft)
        ran = time.perf_counter()
        if session is not None and (written := session.write(question, draft)) is not draft:
            _verify(view, written)
            draft = written
        answer = finish(draft, uuid.uuid4().hex[:16], question, calls[0].skill, lambda *args: self._cite(view, *args))
        done = time.perf_counter()
        timing = {"open": opened - begun, "plan": planned - opened, "run": ran - planned, "write": done - ran}
        timing["total"] = done - begun
        answer = replace(
            answer,
            timing_ms={key: round(value * 1000, 1) for key, value in timing.items()},
            conversation=asked.conversation,
        )
        if session is not None:
            answer = replace(answer, phrased_by=session.phrased_by or answer.phrased_by, notes=tuple(session.notes),
                             usage=session.usage())  # fmt: skip
        notes = self.ledger.answer(answer, view, asked.viewers, now, calls[0])
        return replace(answer, notes=(*answer.notes, *notes)) if notes else answer

    def run(self, desk: Desk, call: Call) -> Draft:
        """Make a call of a skill, and check what it says. Raises Ungrounded."""
        draft = _run(desk, call)
        _verify(desk.view, draft)
        return draft

    def _plan(self, asked: Asked, desk: Desk, session: Session | None) -> list[Call]:
        """The calls that answer the question: one, or what a language model makes of several parts."""
        planner = self.planner()
        if asked.skill:
            return [planner.call(desk, asked.skill, desk.question, asked.direction, asked.bounds)]
        without = planner.plan(desk)
        return session.plan(planner, skills(), desk, without) if session else [without.call]

    def view(self, viewers: tuple[str, ...], as_of: datetime | None = None) -> View:
        """The catalog as these viewers together may see it."""
        return self.catalog.view(self.catalog.scope(*viewers), as_of)

    def finder(self, view: View) -> Finder:
        """Search over the index, or over names alone while no index can be used."""
        try:
            return IndexFinder(self.index.searcher(), view)
        except GenerationUnusable as error:
            return NameFinder(view, f"the search index ({error})")

    def planner(self) -> Planner:
        """The planner without a language model, made on first use."""
        if self._planner is None:
            embedder = self.index.embedder()
            known = skills()
            router = Router(list(known.values()), embedder.encode if embedder else None)
            self._planner = Planner(router, known)
        return self._planner

    def search(self, text: str, viewers: tuple[str, ...], filters: Filters | None = None, limit: int = 10) -> Searched:
        """The best assets for a text."""
        begun = time.perf_counter()
        view = self.view(viewers)
        finder = self.finder(view)
        found = tuple(finder.search(text, filters or Filters(), limit))
        rows = view.rows(one.urn for one in found)
        platforms = tuple(rows[one.urn].platform if one.urn in rows else "" for one in found)
        total = max(len(found), finder.total)
        notes = self.ledger.search(text, view, viewers, found)
        took = (time.perf_counter() - begun) * 1000
        return Searched(text, found, platforms, total, not finder.complete(), took, notes)

    # Evidence ----------------------------------------------------------------------------------------------------

    def cite(self, ref: str, viewers: tuple[str, ...]) -> Record:
        """The exact stored version that a citation names. Raises NotFound, Erased, BadInput."""
        evidence = parse_ref(ref)
        try:
            record = self.catalog.cite(evidence, self.catalog.scope(*viewers))
        except NotFound:
            self.ledger.cite(ref, evidence.urn, viewers, found=False)
            raise
        return replace(record, notes=self.ledger.cite(ref, evidence.urn, viewers, found=True))

    def _cite(self, view: View, proof: Proof, ident: str, n: int) -> Citation:
        if isinstance(proof, SearchProof):
            at = stamp(moment(proof.at))
            return Citation(ident, proof.ref(), n, "search", source="search", version=at, observed_at=at,
                            quote=_searched(proof))  # fmt: skip
        info, said = view.read(proof.urn, Info), view.cited(proof)
        return Citation(
            id=ident,
            ref=proof.ref(),
            n=n,
            kind="record",
            urn=proof.urn,
            name=view.name(proof.urn),
            aspect=proof.aspect,
            source=proof.source,
            version=proof.version,
            observed_at=stamp(moment(said.point.observed_at)) if said is not None else "",
            quote=_shortened(encode(said.value)) if said is not None else "",
            url=info.value.url if info else "",
        )

    def _turns(self, conversation: str) -> tuple[Turn, ...]:
        """What the last turns of a conversation were about, oldest first."""
        if not conversation:
            return ()
        c = tables.answers.c
        query = select(c.call).where(c.conversation == conversation, c.call.is_not(None)).order_by(c.asked_at.desc())
        with self.catalog.database.reading() as connection:
            found = list(connection.execute(query.limit(_TURNS)).scalars())
        return tuple(recalled(text) for text in reversed(found))


def _verify(view: View, draft: Draft) -> None:
    """Every slot of every sentence is in the records it cites; else the answer is a defect and is not given."""
    cited = {p for c in draft.claims for p in c.evidence if isinstance(p, Evidence)}
    texts = {p.version: encode(said.value) for p in cited if (said := view.cited(p)) is not None}
    faults = check(draft.claims, texts, view.canonical)
    if faults:
        first = faults[0]
        # Only the log has the words: what no evidence holds may be what the asker must not read.
        _LOG.error("Not held by its evidence: %r in the sentence %r", first.shown, first.text)
        raise Ungrounded(
            f"A sentence of this answer ('{first.slot}') is not held by its evidence, so the answer is not given. "
            "This is a defect in Docent; please report it with the question."
        )


def _run(desk: Desk, call: Call) -> Draft:
    """What the skill says; before an answer about something that is only like what was asked for, that is said."""
    draft = skills()[call.skill].answer(desk, call)
    if call.subject is not None and not call.subject.certain and desk.view.asset(call.subject.urn):
        return replace(draft, lead=(*guessed(desk, call.subject), *draft.lead))
    return draft


def _searched(proof: SearchProof) -> str:
    """What a search did, in words."""
    query = f" for “{proof.query}”" if proof.query else ""
    told = [f"{field} is {value}" for field, value in proof.filters if field != "at"]  # "at": of each thing shown
    where = f" where {', '.join(told)}" if told else ""
    return f"searched {proof.searched:,} visible assets{query}{where}: {proof.matched:,} found"


def _narrowed(call: Call, asked: Asked) -> Call:
    """The call within the times and domains that the door names."""
    since, until = (stamp(one) if one else "" for one in (asked.since, asked.until))
    filters = replace(call.filters, domains=asked.domains) if asked.domains else call.filters
    return replace(call, filters=filters, since=since or call.since, until=until or call.until)


def _checked(question: str) -> str:
    text = " ".join(question.split())
    if not text:
        raise BadInput('The question is empty. Ask something, for example: docent ask "where do we keep orders?"')
    if len(text) > MAX_QUESTION:
        raise BadInput(
            f"The question is {len(text):,} characters long; {MAX_QUESTION:,} is the most. Ask one thing at a time."
        )
    return text


def _shortened(text: str) -> str:
    return text if len(text) <= _QUOTED else text[:_QUOTED].rstrip() + " …"
