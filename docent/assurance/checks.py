"""The checks of access over a made-up company: each returns counts, of which all but `checked` must be zero.

Every byte that comes out of a door is searched for the canaries of what the asker may not see. The words of the
question itself do not count: the asker wrote them.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from assistant.answer import to_json
from assistant.grounding import Ungrounded
from catalog.change import Change, Evidence
from catalog.errors import NotFound
from docent.app import Docent
from docent.assurance.reference import marks_for, visible
from docent.assurance.world import Asset, World, changes
from docent.printing import search_json
from docent.settings import Settings
from indexer.building import build
from slackbot.render import render

NOW = datetime(2026, 4, 1, tzinfo=UTC)
SKILLS = (
    "describe", "owner", "lineage", "definition", "quality", "find",
    "impact", "sensitive", "may_use", "count", "changes",
)  # fmt: skip
ALARM = "alarm: "
LEVELS = ("hidden", "name", "all")
_MARK = re.compile(r"(?=([a-z]{12}))")
_NOISE = re.compile(r'"(answer_id|timing_ms|as_of|observed_at|at)": ("[^"]*"|\{[^}]*\}|[\d.]+)|at=\d+')


@dataclass
class Count:
    """What a check found."""

    checked: int = 0
    leaks: int = 0
    refusals: int = 0
    differences: int = 0
    examples: list[str] = field(default_factory=list)

    def note(self, what: str, text: str) -> None:
        """Count a finding and keep the first few."""
        setattr(self, what, getattr(self, what) + 1)
        if len(self.examples) < 3:
            self.examples.append(text[:300])

    @property
    def caught(self) -> int:
        """Everything found."""
        return self.leaks + self.refusals + self.differences


@contextmanager
def opened(said: Iterator[Change]) -> Iterator[Docent]:
    """A workspace that was told these changes, indexed without a model, with its clock standing still."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        url = f"sqlite:///{root}/catalog.db"
        with Docent(Settings(root, "assurance", url, use_model=False), lambda: NOW) as docent:
            docent.catalog.apply(said)
            build(docent.catalog, docent.folders, None, None)
            yield docent


def said_by(docent: Docent, skill: str, words: str, viewer: str) -> tuple[str, str]:
    """The verdict, and all bytes of an answer: as JSON, as text, as Slack would be sent it."""
    try:
        answer = docent.ask(words, viewer=viewer, skill=skill)
    except Ungrounded as error:  # the last guard has struck: a sound build never comes here
        return "alarm", ALARM + str(error)
    slack = render(answer, NOW)
    return answer.verdict, json.dumps([to_json(answer), answer.text, slack.text, slack.blocks], ensure_ascii=False)


def foreign(text: str, every: set[str], allowed: set[str], asked: str) -> set[str]:
    """The canaries in a text that its reader may not see and did not write."""
    if text.startswith(ALARM):
        return {text}
    found = {match.group(1) for match in _MARK.finditer(text)} & every
    return {mark for mark in found - allowed if mark not in asked}


def all_marks(world: World) -> set[str]:
    """Every canary there is."""
    return {m for a in world.assets.values() for m in (a.name_mark, a.mark, a.kept_mark, a.derived_mark)}


def matrix(docent: Docent, world: World, asks: int, seed: int) -> Count:
    """Every viewer by every asset through the records; `asks` questions a viewer through each skill and search."""
    count, every, dice = Count(), all_marks(world), random.Random(seed)
    for viewer in world.viewers:
        allowed = marks_for(world, viewer)
        view = docent.catalog.view(docent.catalog.scope(viewer))
        view.load(world.assets)
        for urn, asset in world.assets.items():
            count.checked += 1
            row, want = view.asset(urn), visible(world, viewer, asset)
            have = "hidden" if row is None else "all" if view.readable(urn) else "name"
            text = repr((row, view.read_all(urn)))
            if leaked := foreign(text, every, allowed, ""):
                count.note("leaks", f"{viewer} reads {leaked} in {urn}")
            if have != want or (want == "all" and asset.mark not in text):
                count.note(
                    "refusals" if have < want or have == want else "leaks", f"{viewer} {urn}: {have}, not {want}"
                )
        edges = repr(list(view.edges()))
        if leaked := foreign(edges, every, allowed, ""):
            count.note("leaks", f"{viewer} sees edges of {leaked}")
        for asset in dice.sample(list(world.assets.values()), min(asks, len(world.assets))):
            _ask_all(docent, world, viewer, asset, allowed, every, count)
    return count


def _ask_all(
    docent: Docent, world: World, viewer: str, asset: Asset, allowed: set[str], every: set[str], count: Count
) -> None:
    want = visible(world, viewer, asset)
    for skill in SKILLS:
        count.checked += 1
        verdict, text = said_by(docent, skill, asset.qualified, viewer)
        if leaked := foreign(text, every, allowed, asset.qualified):
            count.note("leaks", f"{viewer} asks {skill} {asset.qualified}: {leaked}")
        if skill == "describe":
            wanted = {"hidden": ("no", "answered"), "name": ("forbidden",), "all": ("answered",)}[want]
            if verdict not in wanted:  # of what is hidden it may tell the nearest thing that is not
                count.note("refusals", f"{viewer} asks {asset.urn}: {verdict}, not {wanted}")
    for words in (asset.mark, f"c{asset.mark}", f"k{asset.kept_mark}"):
        count.checked += 1
        found = json.dumps(search_json(docent.search(words, viewer)))
        if leaked := foreign(found, every, allowed, words):
            count.note("leaks", f"{viewer} searches {words}: {leaked}")
        if (asset.urn in found) and words.removeprefix("c").removeprefix("k") not in allowed and want != "all":
            count.note("leaks", f"{viewer} finds {asset.urn} by {words}")


def normal(text: str) -> str:
    """A text without the ids and times of the answer."""
    return _NOISE.sub("", text)


def two_worlds(world: World, viewers: list[str], pairs: int, absent: int, seed: int) -> tuple[Count, Count]:
    """The same requests to a company with secrets and to one without: the same bytes.

    First any requests; then only such as name what is hidden in the one company and absent from the other.
    """
    anything, hidden = Count(), Count()
    with opened(changes(world)) as full:
        for viewer in viewers:
            secret = _secrets(world, viewer)
            sees_kept = next(iter(world.assets.values())).kept_mark in marks_for(world, viewer)
            with opened(changes(world, secret, sees_kept)) as bare:
                any_asks = _requests(world, viewer, pairs // len(viewers), seed)
                _compare(full, bare, viewer, any_asks, anything)
                named = [world.assets[urn] for urn in sorted(secret & world.assets.keys())]
                _compare(full, bare, viewer, _namings(named, absent // len(viewers), seed), hidden)
    return anything, hidden


def _compare(full: Docent, bare: Docent, viewer: str, asks: Iterator[tuple[str, str]], count: Count) -> None:
    for ask in asks:
        count.checked += 1
        one, other = (normal(_reply(docent, viewer, ask)) for docent in (full, bare))
        if one != other:
            at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
            start = max(0, at - 60)
            count.note("differences", f"{viewer} {ask}: {one[start : at + 60]!r} beside {other[start : at + 60]!r}")


def _namings(hidden: list[Asset], number: int, seed: int) -> Iterator[tuple[str, str]]:
    dice = random.Random(seed)
    for _ in range(number if hidden else 0):
        asset = dice.choice(hidden)
        word = dice.choice((asset.name, asset.qualified, asset.urn, f"{asset.qualified}.c{asset.mark}"))
        yield dice.choice((*SKILLS, "", "search", "ref")), word if word else asset.name


def _secrets(world: World, viewer: str) -> frozenset[str]:
    hidden = {urn for urn, asset in world.assets.items() if visible(world, viewer, asset) == "hidden"}
    owner = "urn:li:corpuser:o3"
    return frozenset(hidden | (set() if "steward" in world.roles.get(viewer, ()) else {owner}))


def _requests(world: World, viewer: str, number: int, seed: int) -> Iterator[tuple[str, str]]:
    dice = random.Random(f"{seed}{viewer}")
    assets = list(world.assets.values())
    frames = ("where is {}?", "who owns {}?", "what depends on {}?", "what is {}?", "how many tables are there?",
              "which tables hold reports {}?", "can I trust {}?", "what does {} mean?", "{} or shop.vault?",
              "what is the difference between {} and reports?", "which tables have no owner?")  # fmt: skip
    for _ in range(number):
        asset = dice.choice(assets)
        word = dice.choice(
            (asset.name, asset.qualified, asset.mark, f"c{asset.mark}", "reports", asset.name[:-1], "shop.vault")
        )
        kind = dice.choice((*SKILLS, "", "", "search", "search", "cite", "owned"))
        yield kind, dice.choice(frames).format(word) if not kind else word if kind != "cite" else asset.urn


def _reply(docent: Docent, viewer: str, ask: tuple[str, str]) -> str:
    kind, words = ask
    if kind == "search":
        return json.dumps(search_json(docent.search(words, viewer)))
    if kind == "owned":
        return said_by(docent, "owner", f"urn:li:corpuser:o{len(words) % 7}", viewer)[1]
    if kind == "ref":
        urn = words if words.startswith("urn:") else f"urn:li:glossaryTerm:{words}"
        try:
            return docent.cite(Evidence(urn, "documentation", "files", "0" * 40).ref(), viewer).json
        except NotFound as error:
            return str(error)
    if kind == "cite":
        held = docent.catalog.view(docent.catalog.scope(viewer)).read_all(words)
        refs = [said.evidence.ref() for one in held.values() for said in one.said]
        return json.dumps([refs, *(docent.cite(ref, viewer).json for ref in refs)])
    return said_by(docent, kind, words, viewer)[1]


def interleaved(docent: Docent, world: World, asks: int, seed: int) -> Count:
    """Viewers of all classes asking the same questions in random order: nobody is told what another may see."""
    count, every, dice = Count(), all_marks(world), random.Random(seed)
    allowed = {viewer: marks_for(world, viewer) for viewer in world.viewers}
    assets = dice.sample(list(world.assets.values()), min(20, len(world.assets)))
    for _ in range(asks):
        viewer, asset = dice.choice(list(world.viewers)), dice.choice(assets)
        kind = dice.choice(("describe", "owner", "lineage", "find", "search"))
        count.checked += 1
        words = asset.mark if kind in ("find", "search") else asset.qualified
        reply = _reply(docent, viewer, (kind, words))
        if leaked := foreign(reply, every, allowed[viewer], words):
            count.note("leaks", f"{viewer} asks {kind} {words}: {leaked}")
        if kind == "describe" and asset.mark in allowed[viewer] and asset.mark not in reply:
            count.note("refusals", f"{viewer} is not told of {words}")
    return count
