"""References and ids to URNs: the one rule of docs/sources/files.md. Pure; knows only what the files declare.

`kind:id`, `platform:name`, `platform:name#column`, or a URN. What the files declare is checked; tables and URNs belong
to other sources and are taken as written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from catalog import urn as urns
from catalog.errors import BadInput, UrnInvalid
from catalog.kinds import ENTITY_OF, KINDS, kind_of, noun
from indexer.sources.files.ai_entries import SECTIONS
from indexer.sources.files.entries import Ref
from indexer.sources.files.parsing import misspelt

OWN_PLATFORM = "files"  # of dashboards, models and the like that say none

_TABLES = ("table", "view", "topic", "column")  # may stand before platform:name, and change nothing
_ON_PLATFORM = {"dashboard", "chart", "metric"}  # URN (PLATFORM,ID)
_IN_ENV = {"model", "model_version", "model_deployment"}  # URN (urn:li:dataPlatform:PLATFORM,ID,ENV)
_NESTED_IN_URN = {"feature", "task"}  # URN (PARENT,ID)
_NAMES_PLATFORM = _ON_PLATFORM | _IN_ENV | _NESTED_IN_URN | {"pipeline", "feature_view"}
_ONLY = {"person": ("person", "team"), "team": ("team",), "term": ("term",), "domain": ("domain",)}
_PLATFORM = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_ID_LIKENESS = 80  # rapidfuzz ratio: "anna" and "ana" have 86, "maria" and "ana" 50
_LONGEST = 2_000  # as URNs
_MOST_GUESSES = 5_000  # each takes about 0.5 ms among 10,000 ids; beyond, unknown ids are taken as other sources' own
_KIND_LIKENESS = 85  # "dashbord" and "dashboard" have 94, "tem" and "term" 86; "tableau" and "table" only 83


class ReferenceInvalid(BadInput):
    """A reference that means nothing, or should mean something in these files and does not."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a reference means: an asset, and a column of it or ""."""

    asset: str
    column: str = ""

    @property
    def urn(self) -> str:
        """The URN of the column, if there is one, else of the asset."""
        return urns.column(self.asset, self.column) if self.column else self.asset


def urn_of(kind: str, id_: str, platform: str, env: str, parent: str = "") -> str:
    """The URN of an entry. `parent`: the id of the feature view, or the URN of the pipeline, it stands in."""
    entity = ENTITY_OF.get(kind, kind)
    on_platform = f"{urns.PREFIX}dataPlatform:{platform}"
    if kind in _NESTED_IN_URN:
        return urns.make(entity, parent, id_)
    if kind in _ON_PLATFORM:
        return urns.make(entity, platform, id_)
    if kind in _IN_ENV:
        return urns.make(entity, on_platform, id_, env)
    if kind == "feature_view":
        return urns.make(entity, on_platform, id_)
    if kind == "pipeline":
        return urns.make(entity, platform, id_, env)
    return urns.make(entity, id_)


@dataclass(slots=True)
class Names:
    """What the files declare: id to URN for every kind; with it, the meaning of references."""

    env: str = urns.DEFAULT_ENV
    _ids: dict[str, dict[str, str]] = field(default_factory=dict)
    _lower: dict[str, dict[str, str]] = field(default_factory=dict)  # to guess among thousands of ids at once
    _guesses: int = _MOST_GUESSES

    def declare(self, kind: str, id_: str, urn: str) -> None:
        """Make `kind:id_` mean `urn`."""
        self._ids.setdefault(kind, {})[id_] = urn
        self._lower.setdefault(kind, {})[id_.lower()] = id_

    def is_kind(self, word: str) -> bool:
        """Whether `word` is a kind: built in, or declared in these files."""
        return word in KINDS or word in self._ids

    def like_kind(self, word: str) -> str:
        """The kind that `word` seems to be meant for, or ""."""
        if word in SECTIONS and SECTIONS[word][0]:
            return SECTIONS[word][0]
        return misspelt(word, sorted({*KINDS, *self._ids}), _KIND_LIKENESS)

    def resolve(self, ref: Ref, default: str) -> Target:
        """What `ref` means where a bare id is of kind `default`. Raises ReferenceInvalid with what to do."""
        try:
            target = self._target(_unprefixed(ref.text), default)
            urns.parse(target.urn)
        except UrnInvalid as error:
            raise ReferenceInvalid(str(error)) from error
        allowed = _ONLY.get(default)
        if allowed and kind_of(target.urn) not in allowed:
            wanted = " or ".join(noun(kind) for kind in allowed)
            raise ReferenceInvalid(f"'{ref.text}' is not a {wanted}, which is what belongs here.")
        return target

    def _target(self, text: str, default: str) -> Target:
        if text.startswith(urns.PREFIX):
            return _column_of(text)
        prefix, colon, rest = text.partition(":")
        if colon and self.is_kind(prefix) and prefix not in _TABLES:
            return Target(self._declared(prefix, rest))
        if not colon and default not in ("", "table"):
            return Target(self._declared(default, text))
        if not colon or not rest or prefix in _TABLES:
            raise ReferenceInvalid(f"'{text}' is not a reference. Write kind:id, platform:name, or a URN.")
        meant = self.like_kind(prefix)
        if meant and ("." not in rest or rest in self._ids.get(meant, {})):  # "mode:sales.orders" is a table of Mode
            raise ReferenceInvalid(f"'{prefix}' is not a kind. Did you mean '{meant}:{rest}'? Else write the URN.")
        return self._table(prefix, rest)

    def _table(self, platform: str, rest: str) -> Target:
        name, _, column = rest.partition("#")
        if not _PLATFORM.fullmatch(platform) or not name or re.search(r"[,()]", name):
            raise ReferenceInvalid(f"'{platform}:{rest}' does not name a table as platform:name. Write its URN.")
        return Target(urns.dataset(platform, name, self.env), column)

    def _declared(self, kind: str, id_: str) -> str:
        known = self._ids.get(kind, {})
        if id_ in known:
            return known[id_]
        what = f"There is no {noun(kind)} '{id_}' in these files."
        if kind == "person" and id_ in self._ids.get("team", {}):
            raise ReferenceInvalid(f"{what} Did you mean 'team:{id_}'?")
        needs_platform = kind in _NAMES_PLATFORM
        form = urn_of(kind, "ID" if needs_platform else id_, "PLATFORM", self.env, "PARENT")
        if guess := self._guess(kind, id_):
            raise ReferenceInvalid(f"{what} Did you mean '{kind}:{guess}'? If another source knows it, write {form}.")
        if needs_platform:
            raise ReferenceInvalid(f"{what} Add it, or write the URN by which another source knows it: {form}.")
        if not id_ or re.search(r"[\s,()#]", id_):
            raise ReferenceInvalid(
                f"'{kind}:{id_}' is not a reference: ids hold no spaces, commas, parentheses or '#'."
            )
        return urn_of(kind, id_, "", self.env)

    def _guess(self, kind: str, id_: str) -> str:
        if self._guesses == 0:
            return ""
        self._guesses -= 1
        lower = self._lower.get(kind, {})
        return lower.get(misspelt(id_, list(lower), _ID_LIKENESS), "")

    def selector(self, ref: Ref) -> str:
        """An asset (URN) or a pattern over URNs or qualified names, as a policy or access rule selects it."""
        text = _unprefixed(ref.text)
        if not re.search(r"[*?]", text):
            return self.resolve(ref, "table").urn
        prefix, colon, rest = text.partition(":")
        if not colon or prefix == "urn":
            return text
        if prefix in _NESTED_IN_URN:
            parent, _, name = rest.partition(".")
            return urn_of(prefix, name or "*", "*", "*", parent if prefix == "feature" else _pipelines(parent))
        if self.is_kind(prefix):
            return urn_of(prefix, rest, "*", "*")
        meant = self.like_kind(prefix)
        if meant and "." not in rest:
            raise ReferenceInvalid(f"'{prefix}' is not a kind. Did you mean '{meant}:{rest}'?")
        return urns.dataset(prefix, rest, "*")


def _unprefixed(text: str) -> str:
    if len(text) > _LONGEST:
        raise ReferenceInvalid(f"'{text[:80]}...' is too long to be a reference. Write kind:id or platform:name.")
    prefix, colon, rest = text.partition(":")
    return rest if colon and prefix in _TABLES else text


def _pipelines(pattern: str) -> str:
    return urn_of("pipeline", pattern, "*", "*")


def _column_of(urn: str) -> Target:
    parsed = urns.parse(urn)
    return Target(*urns.column_parts(urn)) if parsed.entity == "schemaField" else Target(urn)
