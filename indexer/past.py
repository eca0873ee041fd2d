"""Confirmed answers as history for the index: what someone asked, and the assets of the answer that was called helpful.

Owns which answers count. Reads the catalog, for the index builder only. Only answers all of whose assets everyone may
see become history, so that no ranking tells of what is hidden.
"""

from __future__ import annotations

import json

from sqlalchemy import select

from catalog import tables
from catalog.access import Level, Viewer, scope_of
from catalog.catalog import Catalog
from catalog.reader import read_rows
from retrieval.history import PastQuestion

MAX_ASSETS = 12
"""An answer about more than so many lists things; it says little of any one."""


def confirmed(catalog: Catalog) -> tuple[PastQuestion, ...]:
    """Questions whose answer someone called helpful and nobody unhelpful, with the assets that it was about."""
    a, f = tables.answers.c, tables.feedback.c
    helpful = select(f.answer_id).where(f.helpful.is_(True))
    unhelpful = select(f.answer_id).where(f.helpful.is_(False))
    query = select(a.question, a.answer).where(
        a.question.is_not(None), a.answer.is_not(None), a.answer_id.in_(helpful), a.answer_id.not_in(unhelpful)
    )
    with catalog.database.reading() as connection:
        rows = connection.execute(query).all()
        guest = scope_of([Viewer(catalog.settings.guest)], catalog.access_rules(), catalog.settings)
        told = [(str(question), assets_of(str(answer))) for question, answer in rows]
        wanted = sorted({urn for _, urns in told for urn in urns})
        public = (
            {r.urn for r in read_rows(connection, wanted) if guest.level(r.facts()) is Level.READ} if wanted else set()
        )
    return tuple(
        PastQuestion(question, urns)
        for question, urns in told
        if 0 < len(urns) <= MAX_ASSETS and public.issuperset(urns)
    )


def assets_of(answer: str) -> tuple[str, ...]:
    """The assets of a stored answer: the ones it shows, columns aside."""
    assets = json.loads(answer).get("assets") or ()
    return tuple(sorted({str(one["urn"]) for one in assets if one.get("urn")}))
