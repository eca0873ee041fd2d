"""How quick searching is at a size: with the question's encoding, for viewers of all, half and a hundredth.

Owns the figures. Touches a temporary index and the model folder. Sizes and bars are those of docs/retrieval.md.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evals.synthetic import NearReal, documents, questions
from retrieval.embedder import Embedder
from retrieval.errors import EncoderMissing
from retrieval.export import open_default
from retrieval.generation import Generation, build_generation
from retrieval.search import Searcher
from retrieval.vectors import VIEWS, cosines, nearest_cosines
from retrieval.visible import Visible

ASKED = 200
RECALL_ASKED = 50
TOP = 10


def bench_search(assets: int, shares: Sequence[float], model_dir: Path) -> dict[str, Any]:
    """Milliseconds a search (new questions, their encoding included) by viewer's share, recall and sizes.

    Every viewer asks the same questions in turns, so that a busy machine weighs on all alike.
    """
    try:
        embedder: Embedder | None = open_default(model_dir)
    except EncoderMissing:
        embedder = None
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        encode = NearReal(embedder).encode if embedder else None
        generation = build_generation(Path(folder), documents(assets), "bench", embedder, encode)
        built = time.perf_counter() - begun
        searcher = Searcher(generation, embedder)
        report: dict[str, Any] = {"assets": assets, "semantic": embedder is not None, "build_s": round(built, 1)}
        report |= latencies(searcher, shares)
        if embedder is not None:
            report |= vector_figures(generation, embedder, assets)
        report["fresh_process_first_s"] = first_answer(folder, model_dir)
        report["peak_rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return report


def viewer(share: float) -> Visible:
    """Someone who sees this share of the assets, scattered."""
    if share >= 1:
        return Visible.everything()
    return Visible.where(f"share-{share}", lambda urn: zlib.crc32(urn.encode()) % 10_000 < share * 10_000)


def latencies(searcher: Searcher, shares: Sequence[float]) -> dict[str, Any]:
    """p50 and p95 of each share; each viewer has questions of their own of equal lengths, as memory keeps vectors."""
    viewers = {share: viewer(share) for share in shares}
    spent: dict[float, list[float]] = {share: [] for share in shares}
    asked = questions(ASKED * len(shares) * 8)
    for who in viewers.values():
        searcher.search("warm up", who, explain=False)
    for i in range(ASKED):
        for n, (share, who) in enumerate(viewers.items()):
            text = asked[(i * len(shares) + n) * 8 + i % 8]
            begun = time.perf_counter()
            searcher.search(text, who, limit=TOP, explain=False)
            spent[share].append((time.perf_counter() - begun) * 1e3)
    found: dict[str, Any] = {}
    whole = float(np.median(spent[max(shares)]))
    for share, times in spent.items():
        found[f"p50_ms_viewer_{share:g}"] = round(float(np.median(times)), 2)
        found[f"p95_ms_viewer_{share:g}"] = round(float(np.percentile(times, 95)), 2)
        found[f"ratio_vs_all_viewer_{share:g}"] = round(float(np.median(times)) / whole, 2)
    return found


def vector_figures(generation: Generation, embedder: Embedder, assets: int) -> dict[str, Any]:
    """Recall of the screened scan against the exact one, and bytes kept for a million vectors."""
    hit = []
    view = VIEWS[-1]
    codes, bits = generation.segment.vectors[view], generation.segment.signs[view]
    everything = np.ones(len(codes), np.bool_)
    for text in questions(RECALL_ASKED):
        query = embedder.encode_query(text)
        exact = np.argsort(-cosines(codes, query[None])[:, 0], kind="stable")[:TOP]
        quick = np.argsort(-nearest_cosines(codes, bits, query, everything), kind="stable")[:TOP]
        hit.append(len(set(exact.tolist()) & set(quick.tolist())) / TOP)
    size = codes.nbytes + bits.nbytes
    return {
        "vector_recall@10": round(float(np.mean(hit)), 4),
        "vector_mb_per_million": round(size / max(assets, 1) * 1e6 / 2**20),
        "screen_mb_per_million": round(bits.nbytes / max(assets, 1) * 1e6 / 2**20),
    }


def first_answer(index: str, model_dir: Path) -> float:
    """Seconds from the start of a new process to its first results."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom retrieval.export import open_default\n"
        "from retrieval.errors import EncoderMissing\n"
        "from retrieval.generation import open_current\nfrom retrieval.search import Searcher\n"
        "try:\n    embedder = open_default(Path(sys.argv[2]))\nexcept EncoderMissing:\n    embedder = None\n"
        "print(Searcher(open_current(Path(sys.argv[1])), embedder).search('customer orders by month').total)\n"
    )
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", program, index, str(model_dir)], check=True, stdout=subprocess.DEVNULL)
    return round(time.perf_counter() - begun, 2)
