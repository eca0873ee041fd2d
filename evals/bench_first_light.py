"""First light, measured as a person meets it: whole processes of the `docent` command on the demo company.

Prints wall seconds of: the first indexing (model prepared before), indexing again unchanged, and a cold question.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 5
_FORBIDDEN = ("torch", "chromadb", "langchain", "langchain_core", "sentence_transformers", "streamlit", "alembic")


def bench_first_light() -> dict[str, float | list[str]]:
    """Figures in seconds (medians of 5 where repeated), and heavy modules a cold question imports: none is right."""
    with tempfile.TemporaryDirectory() as folder:
        place = str(Path(folder) / "demo")
        _run("demo", place, "--quiet")  # prepares the model and warms the disk
        _clean(place)
        first = _run("index", "--workspace", place)
        again = statistics.median(_run("index", "--workspace", place) for _ in range(RUNS))
        asked = [_run("ask", "--workspace", place, "who owns fct_invoices?") for _ in range(RUNS)]
        return {
            "index_first_s": round(first, 2),
            "index_again_s": round(again, 2),
            "ask_cold_s": round(statistics.median(asked), 2),
            "ask_cold_max_s": round(max(asked), 2),
            "ask_imports": _imports(place),
        }


def _clean(place: str) -> None:
    for file in sorted((Path(place) / ".docent").rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()


def _run(*words: str) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-m", "docent", *words], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def _imports(place: str) -> list[str]:
    """Which of the heavy modules a cold question loads."""
    program = (
        "import sys, json\nfrom docent import Docent\n"
        f"Docent.open({place!r}).ask('who owns fct_invoices?')\n"
        f"print(json.dumps([m for m in {_FORBIDDEN!r} if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    found: list[str] = json.loads(done.stdout)
    return found
