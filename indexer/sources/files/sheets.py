"""One file to a sheet: its entries, parsed, and its mistakes. Reads the file it is given, nothing else.

YAML: sections with lists of entries. Markdown with front matter: one document, the text being its description.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from catalog.errors import RecordInvalid, SourceUnreadable
from indexer.safe_load import Document, Fields, Items, Node, Scalar, parse_yaml, read_text
from indexer.sources.files.ai_entries import NESTED, SECTIONS, AnyEntry, IncidentEntry
from indexer.sources.files.entries import DocumentEntry, Ref, keys_of
from indexer.sources.files.parsing import Mistake, parse_entry, parse_time, unknown_key

SUFFIXES = (".yaml", ".yml", ".md")
_FILE_KEYS = ("observed_at", "platform", "removed")
_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?\n)?---[ \t]*(?:\n|$)", re.DOTALL)
_HEADING = re.compile(r"^#[ \t]+(.+)$", re.MULTILINE)
_ELSEWHERE = {
    inner: outer
    for outer, (inner, _) in ((name, NESTED.get(record, ("", ""))) for name, (_, record) in SECTIONS.items())
}


@dataclass(slots=True)
class Found:
    """An entry where it stands. `entry` None: it has mistakes.

    `outline`: its ids even so, so that references to it are not taken for mistakes of their own.
    """

    section: str
    kind: str
    line: int
    entry: AnyEntry | None
    outline: AnyEntry | None
    mistakes: list[Mistake]


@dataclass(slots=True)
class Sheet:
    """One file. `changed`: when its content came to this disk. `observed_at`: when it was so, if it is history."""

    locator: str
    changed: datetime
    observed_at: datetime | None = None
    platform: str = ""
    found: list[Found] = field(default_factory=list)
    removed: tuple[Ref, ...] = ()
    mistakes: list[Mistake] = field(default_factory=list)
    passed_over: str = ""
    unread: frozenset[str] = frozenset()  # sections that may stand in what could not be read

    @property
    def failed(self) -> bool:
        """Whether anything in it could not be used, so that what is missing proves nothing."""
        return bool(self.mistakes) or any(found.mistakes for found in self.found)


def changed_at(path: Path) -> datetime:
    """When the content of `path` came to this place: an old file copied over a new one is new here."""
    info = path.stat()
    return datetime.fromtimestamp(max(info.st_mtime, info.st_ctime), UTC)


def read_sheet(path: Path, locator: str, platform: str) -> Sheet:
    """The sheet of one file, with its mistakes; never raises for what is wrong with the file."""
    sheet = Sheet(locator, datetime.now(UTC), platform=platform)
    text = ""
    try:
        sheet.changed = changed_at(path)
        text = read_text(path)
        if path.suffix.lower() == ".md":
            _markdown(text, sheet)
        else:
            _sections(parse_yaml(text, locator), sheet)
    except (OSError, SourceUnreadable, RecordInvalid) as error:
        line = int(error.pointer.removeprefix("line ") or 0) if isinstance(error, RecordInvalid) else 0
        sheet.mistakes.append((line, f"Not read: {error}"))
        sheet.unread = frozenset(name for name in SECTIONS if not text or name in text)
    return sheet


def _sections(document: Document, sheet: Sheet) -> None:
    root = document.root
    if isinstance(root, Scalar) and root.value is None:
        return
    if not isinstance(root, Fields):
        sections = ", ".join(SECTIONS)
        sheet.mistakes.append(
            (root.line, f"A file holds sections ('people:', then a list). The sections are: {sections}.")
        )
        return
    _head(root, sheet)
    for name, node in root.fields.items():
        if name in SECTIONS:
            _entries(name, node, sheet)
        elif name not in _FILE_KEYS:
            sheet.mistakes.append((root.lines[name], _unknown_section(name)))
    _blame(document.problems, sheet)


def _unknown_section(name: str) -> str:
    if name in _ELSEWHERE:
        return f"'{name}' stand inside the entries of '{_ELSEWHERE[name]}'. Move them there."
    return unknown_key(name, [*SECTIONS, *_FILE_KEYS], "a file")


def _head(root: Fields, sheet: Sheet) -> None:
    """The keys that hold for the whole file."""
    platform = root.fields.get("platform")
    if isinstance(platform, Scalar) and platform.text:
        sheet.platform = platform.text
    time = root.fields.get("observed_at")
    if time is not None:
        sheet.observed_at = parse_time(time.text) if isinstance(time, Scalar) else None
        if sheet.observed_at is None or sheet.observed_at > datetime.now(UTC):
            problem = "must be a date or time that has been: 2026-03-01T00:00:00Z"
            raise RecordInvalid(f"'observed_at' {problem}.", sheet.locator, f"line {root.lines['observed_at']}")
    removed = root.fields.get("removed")
    if removed is not None and sheet.observed_at is None:
        what = "'removed' is for files with 'observed_at'. Here, delete the entries; that removes what they said."
        sheet.mistakes.append((root.lines["removed"], what))
    elif removed is not None:
        items = removed.items if isinstance(removed, Items) else (removed,)
        sheet.removed = tuple(Ref(item.text, item.line) for item in items if isinstance(item, Scalar))
        if len(sheet.removed) < len(items):
            sheet.mistakes.append((removed.line, "'removed' must be a list of references."))


def _entries(section: str, node: Node, sheet: Sheet) -> None:
    if isinstance(node, Scalar) and node.value is None:
        return
    if not isinstance(node, Items):
        sheet.mistakes.append((node.line, f"'{section}' must be a list: begin each entry with '- id: ...'."))
        sheet.unread |= {section}
        return
    kind, record = SECTIONS[section]
    for item in node.items:
        entry, mistakes = parse_entry(record, item, f"an entry in '{section}'")
        sheet.found.append(Found(section, kind, item.line, entry, entry or _outline(record, item), mistakes))


def _outline(record: type[AnyEntry], node: Node) -> AnyEntry | None:
    """An entry with its ids alone, or None if it has none."""
    if record is IncidentEntry or not isinstance(node, Fields):
        return None
    words: dict[str, Any] = {key: word for key in ("id", "platform", "kind") if (word := _word(node, key))}
    key, _ = NESTED.get(record, ("", ""))
    if isinstance(inner := node.fields.get(key), Items):
        inner_record = get_args(keys_of(record)[key].hint)[0]
        words[key] = tuple(outline for item in inner.items if (outline := _outline(inner_record, item)))
    try:
        return record(**{name: word for name, word in words.items() if name in keys_of(record)})
    except TypeError:  # without an id
        return None


def _word(node: Node, key: str) -> str:
    value = node.fields.get(key) if isinstance(node, Fields) else None
    return value.text if isinstance(value, Scalar) else ""


def _blame(problems: tuple[Mistake, ...], sheet: Sheet) -> None:
    """A key that stands twice is a mistake of the entry it stands in, or of the file."""
    lines = [found.line for found in sheet.found]
    for line, what in problems:
        index = bisect_right(lines, line)
        key = what.split("'")[1]
        if index == 0 or key in SECTIONS or key in _FILE_KEYS:
            sheet.mistakes.append((line, f"{what}. Keep one of them."))
            sheet.unread |= {key}
        else:
            sheet.found[index - 1].entry = None
            sheet.found[index - 1].mistakes.append((line, f"{what}. Keep one of them."))


def _markdown(text: str, sheet: Sheet) -> None:
    match = _FRONT_MATTER.match(text)
    if not match:
        sheet.passed_over = "no front matter. To make it a document, begin it with '---', 'about: [...]', '---'"
        return
    document = parse_yaml(match[1] or "", sheet.locator, first_line=2)
    body = text[match.end() :].strip()
    root = document.root
    if isinstance(root, Scalar) and root.value is None:
        root = Fields({}, {}, 1)
    if isinstance(root, Fields):
        root = _as_document(root, body, sheet)
    entry, mistakes = parse_entry(DocumentEntry, root, "the front matter")
    if entry:
        parts = (entry.description, body)
        entry = replace(entry, description="\n\n".join(part for part in parts if part))
    sheet.found.append(Found("documents", "document", 1, entry, entry or _outline(DocumentEntry, root), mistakes))
    _blame(document.problems, sheet)


def _as_document(root: Fields, body: str, sheet: Sheet) -> Fields:
    """The front matter as an entry of `documents`: with `title` for `name`, an id, and a time for the file."""
    _head(Fields({k: v for k, v in root.fields.items() if k == "observed_at"}, root.lines, root.line), sheet)
    given = {key: value for key, value in root.fields.items() if key not in ("observed_at", "title")}
    heading = _HEADING.search(body)
    name = heading[1].strip(" \t#") if heading else ""
    title = root.fields.get("title") or (Scalar(name, name, 1) if name else None)
    if title:
        given.setdefault("name", title)
    stem = re.sub(r"[\s,()#]+", "-", Path(sheet.locator).stem)
    given.setdefault("id", Scalar(stem, stem, 1))
    return Fields(given, {**dict.fromkeys(given, 1), **root.lines}, 1)
