"""LangChain's EnsembleRetriever over BM25Retriever and a Chroma store, built as its documentation shows.

Owns that one arm of the retrieval bench. Touches a Chroma collection in memory. Its packages are no dependency of the
product and are imported only here, on use.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence

from retrieval.embedder import Embedder


class EnsembleMissing(Exception):
    """A package that the arm needs is not installed."""


def rank(
    texts: Sequence[str], questions: Sequence[str], embedder: Embedder, depth: int
) -> tuple[list[list[int]], list[float]]:
    """Best rows of `texts` for each question, and milliseconds per question. Raises EnsembleMissing."""
    try:
        from langchain_chroma import Chroma
        from langchain_classic.retrievers.ensemble import EnsembleRetriever
        from langchain_community.retrievers import BM25Retriever
        from langchain_core.documents import Document
        from langchain_core.embeddings import Embeddings
    except ImportError as error:
        raise EnsembleMissing(
            f"{error.name} is not installed. Install langchain-classic, langchain-community, langchain-chroma "
            "and rank-bm25."
        ) from error

    class Encoder(Embeddings):  # type: ignore[misc]  # optional package, untyped here
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [[float(x) for x in row] for row in embedder.encode(texts)]

        def embed_query(self, text: str) -> list[float]:
            return [float(x) for x in embedder.encode_query(text)]

    documents = [Document(page_content=text, metadata={"row": row}) for row, text in enumerate(texts)]
    words = BM25Retriever.from_documents(documents)
    words.k = depth
    store = Chroma.from_documents(documents, Encoder(), collection_name=f"bench-{uuid.uuid4().hex}")
    both = EnsembleRetriever(
        retrievers=[words, store.as_retriever(search_kwargs={"k": min(depth, len(texts))})], weights=[0.5, 0.5]
    )
    rows, spent = [], []
    for question in questions:
        begun = time.perf_counter()
        found = both.invoke(question)
        spent.append((time.perf_counter() - begun) * 1e3)
        rows.append([int(document.metadata["row"]) for document in found][:depth])
    store.delete_collection()
    return rows, spent
