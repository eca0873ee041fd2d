"""The model path of one answer: plan before the skills run, write after. Owns what is said when the model fails.

Whatever happens to the model, the methods return what the answer would have been without it, and note why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from assistant.claims import Draft
from assistant.desk import Call, Desk
from assistant.model.budget import Budget, Usage
from assistant.model.client import Client, ModelFailed
from assistant.model.planning import MOST, plan
from assistant.model.settings import ModelSettings
from assistant.writing.verify import verified
from assistant.writing.write import Check, Written, is_worth_writing, write

if TYPE_CHECKING:
    from assistant.planner import Plan, Planner
    from assistant.skills.registry import Skill

CERTAIN = 0.6  # of the router: the nearest example is all but the question itself; a model may add, not replace
SURE = 1.0  # a plan that follows from the form of the question; a model could only make it worse


class ModelPath:
    """A configured language model, shared by all answers of a process."""

    def __init__(self, settings: ModelSettings, client: Client | None = None, check: Check = verified) -> None:
        self.settings = settings
        self.check = check  # what a sentence has to pass; another only to prove that measuring catches a bad one
        self.client = client or Client(settings)

    def begin(self) -> Session:
        """A session for one answer; its clock starts now."""
        self.client.warm()
        return Session(self.client, Budget(self.settings), self.check)


class Session:
    """What the model does for one answer."""

    def __init__(self, client: Client, budget: Budget, check: Check = verified) -> None:
        self._client, self._budget, self._check = client, budget, check
        self.notes: list[str] = []
        self.phrased_by = ""

    def plan(self, planner: Planner, skills: Mapping[str, Skill], desk: Desk, without: Plan) -> list[Call]:
        """The calls that answer the desk's question; `without`: what is planned without a model."""
        if without.score >= SURE and not without.example:
            return [without.call]
        try:
            calls = plan(self._client, self._budget, planner, skills, desk)
        except ModelFailed as error:
            self._failed("planning", error)
            return [without.call]
        return _with_what_is_sure(calls, without)

    def write(self, question: str, draft: Draft) -> Draft:
        """The draft in the model's order and words, as far as they pass."""
        if not is_worth_writing(draft):
            return draft
        try:
            written = write(self._client, self._budget, question, draft, self._check)
        except ModelFailed as error:
            self._failed("phrasing", error)
            return draft
        self._note(written)
        return written.draft

    @property
    def unplanned(self) -> list[str]:
        """Tools the model called that it was not offered; none of them runs."""
        return self._budget.unplanned

    def usage(self) -> Usage:
        """What the answer used."""
        return self._budget.usage()

    def _note(self, written: Written) -> None:
        if written.kept:
            self.phrased_by = self._client.settings.name
        elif not written.refused:
            self.notes.append("Answered without the language model for phrasing: it wrote nothing that can be used.")
        if written.refused:
            total = len(written.refused) + written.kept
            self.notes.append(
                f"{len(written.refused)} of {total} sentences of the language model were not shown; "
                "those of Docent stand in their place."
            )

    def _failed(self, what: str, error: ModelFailed) -> None:
        self.notes.append(f"Answered without the language model for {what}: {error}.")


def _with_what_is_sure(calls: list[Call], without: Plan) -> list[Call]:
    """A model's calls, with the one that code is certain of first where they leave it out: a lie cannot displace it."""
    own = without.call
    urn = own.subject.urn if own.subject else ""
    covered = any(one.skill == own.skill and (one.subject.urn if one.subject else "") == urn for one in calls)
    if calls and (covered or without.score < CERTAIN):
        return calls
    return [own, *calls][:MOST]
