"""The answer as people and programs get it: a Draft with its citations numbered and its text put together. Pure.

`to_json` is the answer object of the machine interface; `render_text` is what a person reads, with [1] marks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from assistant.claims import AssetHit, Claim, Draft, Proof
from assistant.model.budget import Usage
from catalog.codec import stamp


@dataclass(frozen=True)
class Citation:
    """One piece of evidence, shown to a person. `n` is its mark in the text."""

    id: str
    ref: str
    n: int
    kind: str  # record or search
    urn: str = ""
    name: str = ""
    aspect: str = ""
    source: str = ""
    version: str = ""
    observed_at: str = ""
    quote: str = ""
    url: str = ""


@dataclass(frozen=True)
class Answer:
    """A finished answer."""

    answer_id: str
    question: str
    skill: str
    draft: Draft
    citations: tuple[Citation, ...]
    numbers: dict[str, int]  # reference of a proof to its mark
    phrased_by: str = "docent"
    timing_ms: dict[str, float] = field(default_factory=dict)
    conversation: str = ""
    notes: tuple[str, ...] = ()
    usage: Usage | None = None  # of a language model; None: none was used

    @property
    def verdict(self) -> str:
        """answered, no, unknown, forbidden, clarify or refused."""
        return self.draft.verdict

    @property
    def text(self) -> str:
        """What a person reads, with citation marks; Markdown."""
        return render_text(self)

    def marks(self, claim: Claim) -> str:
        """The citation marks of a sentence: " [1][3]"."""
        numbers = sorted({self.numbers[proof.ref()] for proof in claim.evidence})
        return "".join(f"[{number}]" for number in numbers)

    def sentence(self, claim: Claim) -> str:
        """A sentence with its marks."""
        return f"{claim.text} {self.marks(claim)}"


def finish(
    draft: Draft, answer_id: str, question: str, skill: str, describe: Callable[[Proof, str, int], Citation]
) -> Answer:
    """Number the evidence in order of use. `describe` makes the Citation of a proof, given its id and number."""
    proofs: dict[str, Proof] = {}
    for claim in draft.claims:
        for proof in claim.evidence:
            proofs.setdefault(proof.ref(), proof)
    numbers = {ref: n for n, ref in enumerate(proofs, 1)}
    citations = tuple(describe(proof, f"e{numbers[ref]}", numbers[ref]) for ref, proof in proofs.items())
    return Answer(answer_id, question, skill, draft, citations, numbers)


def render_text(answer: Answer) -> str:
    """The direct answer first, then what to watch out for, then the details, one line each."""
    draft = answer.draft
    parts = [" ".join(answer.sentence(claim) for claim in draft.lead)]
    if draft.caveats:
        parts.append("\n".join(f"- {answer.sentence(claim)}" for claim in draft.caveats))
    if draft.details:
        parts.append("\n".join(f"- {answer.sentence(claim)}" for claim in draft.details))
    missing = draft.coverage.missing
    if missing:
        parts.append("Not known here: " + "; ".join(missing) + ".")
    return "\n\n".join(part for part in parts if part)


def to_json(answer: Answer) -> dict[str, object]:
    """The answer object of the machine interface."""
    draft = answer.draft
    return {
        "answer_id": answer.answer_id,
        "question": answer.question,
        "skill": answer.skill,
        "verdict": answer.verdict,
        "text": answer.text,
        "claims": [
            {"text": claim.text, "evidence": [f"e{answer.numbers[proof.ref()]}" for proof in claim.evidence]}
            for claim in draft.claims
        ],
        "citations": [asdict(citation) for citation in answer.citations],
        "assets": [
            {"urn": one.urn, "name": one.name, "kind": one.kind, "score": round(one.score, 4)} for one in _unique(draft)
        ],
        "facts": draft.facts,
        "coverage": {
            "searched": draft.coverage.searched,
            "visible": draft.coverage.visible,
            "complete": draft.coverage.complete,
            "as_of": stamp(draft.coverage.as_of),
            "missing": list(draft.coverage.missing),
        },
        "follow_ups": list(draft.follow_ups),
        "phrased_by": answer.phrased_by,
        "conversation": answer.conversation,
        "notes": list(answer.notes),
        "usage": answer.usage.to_json() if answer.usage else None,
        "timing_ms": answer.timing_ms,
    }


def _unique(draft: Draft) -> list[AssetHit]:
    by_urn: dict[str, AssetHit] = {}
    for one in draft.assets:
        by_urn.setdefault(one.urn, one)
    return list(by_urn.values())
