"""For other people's agents: the skills as LangChain tools, search as a retriever. Every call is made for one viewer.

    from docent.langchain import DocentRetriever, as_tools
    tools = as_tools(docent, "ana")

A tool gives the answer's text; the whole answer object, with its citations, is the artifact of the tool message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, ConfigDict, Field

from assistant.answer import to_json
from assistant.model.planning import plannable
from assistant.skills.registry import Skill, skills
from catalog.aspects import Documentation
from docent.app import Docent


class About(BaseModel):
    """What a skill is asked about."""

    about: str = Field(description="A name, a URN, or words that say what is looked for.", min_length=1, max_length=400)


class AboutDirection(About):
    """The same, for skills that go up or down."""

    direction: str = Field("both", description="up, down or both.", pattern="^(up|down|both)$")


def as_tools(docent: Docent, viewer: str) -> list[BaseTool]:
    """One tool a skill, and `ask_docent` for a whole question. All answer within what `viewer` may see.

    No language model of Docent's own takes part: the agent brings one.
    """
    made = [_tool(docent, viewer, skill) for skill in plannable(skills()).values()]
    return [*made, _whole(docent, viewer)]


def _tool(docent: Docent, viewer: str, skill: Skill) -> BaseTool:
    def run(about: str, direction: str = "") -> tuple[str, dict[str, object]]:
        answer = docent.ask(about, viewer, skill=skill.name, direction=direction, model=False)
        return answer.text, to_json(answer)

    schema = AboutDirection if skill.directions else About
    return _structured(run, f"docent_{skill.name}", (skill.doc or skill.name).strip(), schema)


def _whole(docent: Docent, viewer: str) -> BaseTool:
    def run(about: str) -> tuple[str, dict[str, object]]:
        answer = docent.ask(about, viewer, model=False)
        return answer.text, to_json(answer)

    return _structured(run, "ask_docent", "Answer a whole question about the company's data, with citations.", About)


def _structured(run: Callable[..., Any], name: str, description: str, schema: type[BaseModel]) -> BaseTool:
    tool: BaseTool = StructuredTool.from_function(
        run, name=name, description=description, args_schema=schema, response_format="content_and_artifact"
    )
    return tool


class DocentRetriever(BaseRetriever):  # type: ignore[misc]
    """Search over what `viewer` may see: a document an asset, its description as content, its address as metadata."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    docent: Docent
    viewer: str
    limit: int = 10

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        found = self.docent.search(query, self.viewer, limit=self.limit)
        view = self.docent.assistant.view(self.docent.viewers(self.viewer))
        view.load(one.urn for one in found.results)
        documents = []
        for one, platform in zip(found.results, found.platforms, strict=True):
            held = view.read(one.urn, Documentation)
            said = f"{one.name}: {held.value.text}" if held else one.name
            where = {"urn": one.urn, "name": one.name, "kind": one.kind, "platform": platform, "score": one.score}
            cited = {"ref": held.said[0].evidence.ref()} if held else {}
            documents.append(Document(page_content=said, metadata={**where, **cited, "why": one.why}))
        return documents
