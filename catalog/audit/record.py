"""Rows of the audit: what they hold, what they commit to and how they are chained. Pure; no store.

A row's hash covers its writer, number, time, kind, commitment, anchors and the hash before it. The commitment is the
SHA-256 of a random salt and the payload: with both gone, nothing is left to guess the payload from, and the chain
still verifies. Anchors are heads of other writers' chains, so that a cut tail is missed by its neighbours.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

FIRST = "0" * 64  # what the first row of a chain names as the hash before it
Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]


@dataclass(frozen=True)
class Event:
    """What is to be recorded. `viewers` and `assets` (URNs) and `answer_id` can be looked up afterwards.

    `sealed`: texts that stand elsewhere (an answer); the row holds a digest of them, salted like the row itself.
    Kinds: begin, answer, denial, cite, search, replay, write, policy, run, config, erase, audit_read; others may join.
    """

    kind: str
    viewers: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    answer_id: str = ""
    detail: Mapping[str, Json] = field(default_factory=dict)
    sealed: tuple[str, ...] = ()

    def payload(self, salt: str) -> str:
        """The canonical JSON that the row commits to."""
        held: dict[str, Json] = {
            "viewers": sorted(set(self.viewers)),
            "assets": sorted(set(self.assets)),
            "answer_id": self.answer_id,
            "content": sealed(salt, *self.sealed) if self.sealed else "",
        }
        return canonical({key: value for key, value in held.items() if value} | dict(self.detail))


@dataclass(frozen=True)
class Anchor:
    """The head of another writer's chain, as it was when a row was written."""

    writer: str
    n: int
    hash: str


@dataclass(frozen=True)
class Row:
    """One row of a chain. `salt` and `payload` are None once erased, or when they are kept from the reader."""

    writer: str
    n: int
    at: int  # microseconds since 1970, UTC
    kind: str
    commitment: str
    anchors: tuple[Anchor, ...]
    previous: str
    hash: str
    salt: str | None = None
    payload: str | None = None

    @property
    def place(self) -> tuple[str, int]:
        """Where it stands: (writer, number)."""
        return (self.writer, self.n)

    def body(self) -> dict[str, object]:
        """The payload, read. Empty when it is erased, kept back or no JSON object."""
        return read_body(self.payload)


def make_row(writer: str, n: int, at: int, event: Event, anchors: tuple[Anchor, ...], previous: str) -> Row:
    """A new row with a fresh salt."""
    salt = secrets.token_hex(16)
    payload = event.payload(salt)
    commitment = commit(salt, payload)
    digest = hash_of(writer, n, at, event.kind, commitment, anchors, previous)
    return Row(writer, n, at, event.kind, commitment, anchors, previous, digest, salt, payload)


def commit(salt: str, payload: str) -> str:
    """What a row holds in place of its payload."""
    return sha256(salt.encode() + payload.encode("utf-8", "surrogatepass")).hexdigest()


def hash_of(
    writer: str, n: int, at: int, kind: str, commitment: str, anchors: tuple[Anchor, ...], previous: str
) -> str:
    """The hash of a row."""
    body: Json = [writer, n, at, kind, commitment, [[a.writer, a.n, a.hash] for a in anchors], previous]
    return sha256(canonical(body).encode("utf-8", "surrogatepass")).hexdigest()


def canonical(value: Json) -> str:
    """One JSON text for one value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read_body(payload: str | None) -> dict[str, object]:
    """A payload as an object; empty for one that is missing or damaged."""
    try:
        body = json.loads(payload) if payload is not None else {}
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def entries_of(payload: str | None) -> set[tuple[str, str]]:
    """What a row is found by: (role, value) for each viewer, asset and answer that its payload names."""
    body = read_body(payload)
    found = {(role, one) for role in ("viewer", "asset") for one in texts(body.get(f"{role}s"))}
    answer = body.get("answer_id")
    return found | ({("answer", answer)} if isinstance(answer, str) else set())


def texts(value: object) -> list[str]:
    """The texts in a list out of JSON; empty for anything else."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def anchors_text(anchors: tuple[Anchor, ...]) -> str:
    """Anchors as they are stored."""
    return canonical([[a.writer, a.n, a.hash] for a in anchors]) if anchors else ""


def read_anchors(text: str) -> tuple[Anchor, ...] | None:
    """Stored anchors; None for a text that is none."""
    try:
        return tuple(Anchor(str(writer), int(n), str(digest)) for writer, n, digest in json.loads(text or "[]"))
    except (ValueError, TypeError):
        return None


def sealed(salt: str, *parts: str | None) -> str:
    """A salted digest of texts that stand elsewhere, to be erased with the payload that holds it."""
    text = "\x00".join("" if part is None else part for part in parts)
    return commit(salt, text)
