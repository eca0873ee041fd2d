"""[llm] in docent.toml, the key from the environment, and the exports for LangChain."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.errors import ConfigInvalid
from docent.app import Docent
from docent.langchain import DocentRetriever, as_tools
from docent.settings import read_settings


def written(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "docent.toml").write_text(text, encoding="utf-8")
    return folder


def test_no_model_is_used_until_one_is_named(shop: Path) -> None:
    with Docent.open(shop, {}) as docent:
        assert docent.assistant.model is None
        answer = docent.ask("who owns orders?")
    assert (answer.phrased_by, answer.usage) == ("docent", None)


def test_the_key_comes_from_the_environment_and_is_not_printed(tmp_path: Path) -> None:
    folder = written(tmp_path / "w", '[llm]\nmodel = "openai:small"\ndeadline = 4\n')
    settings = read_settings(folder, {"DOCENT_LLM_API_KEY": "sk-very-secret"}).llm
    assert (settings.name, settings.deadline, settings.api_key) == ("small", 4, "sk-very-secret")
    assert "sk-very-secret" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[llm]\nmodel = "small"\n', "provider:name"),
        ('[llm]\napi_key = "x"\n', "not a key of"),
        ("[llm]\ndeadline = 0\n", "at least 0.1"),
        ('[llm]\nmax_calls = "3"\n', "must be a number"),
    ],
)
def test_a_wrong_key_or_value_is_said(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigInvalid, match=says):
        read_settings(written(tmp_path / "w", text), {})


def test_tools_answer_for_their_viewer_with_the_answer_as_artifact(shop: Path) -> None:
    with Docent.open(shop, {}) as docent:
        tools = {tool.name: tool for tool in as_tools(docent, "ana")}
        call = {"type": "tool_call", "id": "1", "name": "docent_owner", "args": {"about": "orders"}}
        message = tools["docent_owner"].invoke(call)
        assert "owned by Ana Souza" in message.content
        assert message.artifact["citations"][0]["aspect"] == "ownership"
        assert "Ana Souza" in tools["ask_docent"].invoke({"about": "who owns orders?"})


HIDDEN = """
policies:
  - id: hr
    access: [{effect: deny, action: discover, assets: ["duckdb:shop.raw.orders"], unless: [ana]}]
"""


def test_tools_and_retriever_show_nothing_that_the_viewer_may_not_see(shop: Path) -> None:
    (shop / "knowledge" / "policy.yaml").write_text(HIDDEN, encoding="utf-8")
    with Docent.open(shop, {"DOCENT_MODEL_DIR": str(shop / "none")}) as docent:
        docent.index(prepare_model=False)
        found = {who: DocentRetriever(docent=docent, viewer=who).invoke("order placed") for who in ("ana", "ben")}
        assert any("One row for each order" in one.page_content for one in found["ana"])
        assert not any("order placed" in one.page_content or "orders" in one.metadata["urn"] for one in found["ben"])
        for tool in as_tools(docent, "ben"):
            assert "One row for each order" not in str(tool.invoke({"about": "orders"}))
            assert "Ana Souza" not in str(tool.invoke({"about": "orders"}))
