"""Many questions in one process: JSON lines in, answer objects out, order kept. A bad line is answered by an error."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from assistant.answer import to_json
from catalog.errors import BadInput, DocentError

if TYPE_CHECKING:
    from docent.app import Docent


def answer_batch(docent: Docent, source: Path, target: Path | None, viewer: str | None, model: bool = True) -> None:
    """Answer every line of `source` into `target` (None: standard output). Raises BadInput for an unreadable file."""
    try:
        lines = source.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{source} cannot be read: {error}. Give a file of JSON lines.") from error
    if target is None:
        _answer_all(docent, lines, sys.stdout, viewer, model)
        return
    with target.open("w", encoding="utf-8") as out:
        _answer_all(docent, lines, out, viewer, model)


def _answer_all(docent: Docent, lines: list[str], out: TextIO, viewer: str | None, model: bool) -> None:
    for number, line in enumerate(lines, 1):
        if line.strip():
            out.write(json.dumps(_answer(docent, line, number, viewer, model), ensure_ascii=False) + "\n")
            out.flush()


def _answer(docent: Docent, line: str, number: int, viewer: str | None, model: bool) -> dict[str, Any]:
    ident: object = None
    try:
        asked = json.loads(line)
        ident = asked.get("id") if isinstance(asked, dict) else None
        if not isinstance(asked, dict) or not isinstance(asked.get("question"), str):
            raise BadInput('each line must be an object with "id" and "question"')
        conversation = asked.get("conversation", "")
        answer = docent.ask(asked["question"], asked.get("as", viewer), conversation=conversation, model=model)
        return {"id": ident, **to_json(answer)}
    except (ValueError, DocentError) as error:
        return {"id": ident, "error": f"line {number}: {error}"}
