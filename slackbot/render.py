"""An answer as Slack blocks and plain text. Pure: no client, no clock of its own.

All words of the catalog are escaped, and sent `verbatim` so that Slack makes no links or mentions of them. Limits are
Slack's: 50 blocks a message, 3,000 characters a section, about 13,000 characters of blocks in all (docs.slack.dev).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from assistant.answer import Answer, Citation
from assistant.door import link, plain, source_line

Block = dict[str, object]
SECTION = 2_900  # characters of a section or context text; Slack's 3,000 with room to spare
PROSE = 7_000  # characters of sentences in a message; with SOURCES under the limit of all blocks
SOURCES = 3_500
_SIGNS = {"forbidden": ":lock: ", "refused": ":no_entry: ", "unknown": ":grey_question: "}
_LINE = 1_500  # characters of one sentence; longer ones are cut, the citation holds the rest


@dataclass(frozen=True)
class Rendered:
    """What chat.postMessage needs: blocks, and the text for notifications and readers without blocks."""

    text: str
    blocks: list[Block]


def render(answer: Answer, now: datetime) -> Rendered:
    """The answer first, then what to watch out for, details, sources with age and link, and what to ask next."""
    draft = answer.draft
    lead = " ".join(_cut(answer.sentence(claim)) for claim in draft.lead)
    prose = [_SIGNS.get(answer.verdict, "") + lead]
    prose += [f":warning: {_cut(answer.sentence(claim))}" for claim in draft.caveats]
    prose += [f"• {_cut(answer.sentence(claim))}" for claim in draft.details]
    kept, left = _within(prose, PROSE)
    if left:
        kept.append(f"_{left} more lines are left out here; `docent ask` shows the whole answer._")
    blocks = [_section(text) for text in (*_joined(kept[:1]), *_joined(kept[1:]))]
    blocks += [_context(text) for text in _joined(_sources(answer.citations, now))]
    blocks += [_context(text) for text in _joined(_notes(answer))]
    return Rendered("\n".join(kept), blocks)


def render_text(text: str) -> Rendered:
    """One plain sentence."""
    return Rendered(escaped(text), [_section(_cut(text))])


def escaped(text: str) -> str:
    """Text that Slack shows as it is: no mention, link or command can come of it."""
    shown = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return shown.replace("@", "@\u200b")


def _sources(citations: tuple[Citation, ...], now: datetime) -> list[str]:
    kept, left = _within([_source(one, now) for one in citations], SOURCES)
    return [*kept, *([f"and {left} more sources; `docent ask` lists them"] if left else [])]


def _source(citation: Citation, now: datetime) -> str:
    address = link(citation)
    opening = f" · <{address.replace('&', '&amp;')}|open>" if address and len(address) <= _LINE else ""
    return f"[{citation.n}] {_cut(source_line(citation, now))}{opening}"


def _notes(answer: Answer) -> list[str]:
    lines = [_cut(note) for note in answer.notes]
    if missing := answer.draft.coverage.missing:
        lines.append(_cut(f"Not known here: {'; '.join(missing)}."))
    if follow_ups := answer.draft.follow_ups:
        lines.append(_cut(f"Ask next: {' · '.join(follow_ups)}"))
    return lines


def _cut(text: str) -> str:
    shown = escaped(text)
    if len(shown) <= _LINE:
        return shown
    short = plain(text)[: _LINE // 5]  # an escape is five characters at most
    return escaped(short) + " …"


def _within(lines: list[str], room: int) -> tuple[list[str], int]:
    """The lines that fit, at least one, and how many do not."""
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if kept and room < 0:
            break
        kept.append(line)
    return kept, len(lines) - len(kept)


def _joined(lines: Iterable[str]) -> list[str]:
    """Lines put together into texts of at most SECTION characters."""
    texts: list[str] = []
    for line in lines:
        if texts and len(texts[-1]) + 1 + len(line) <= SECTION:
            texts[-1] += f"\n{line}"
        else:
            texts.append(line[:SECTION])
    return texts


def _section(text: str) -> Block:
    return {"type": "section", "text": _words(text)}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [_words(text)]}


def _words(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}
