"""Tracing on a small company: columns up and down, impact by severity, paths with SQL, pictures no name can break."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from assistant.answer import to_json
from assistant.claims import Claim
from assistant.desk import Bounds
from assistant.diagrams import dot, drawing_of, mermaid
from assistant.grounding import check
from catalog.ai_aspects import ModelVersion
from catalog.aspects import (
    AccessRule,
    Aspect,
    Classification,
    Column,
    ColumnEdge,
    Info,
    Lineage,
    Logic,
    Owner,
    Ownership,
    Person,
    Policy,
    Schema,
    Upstream,
    Usage,
)  # fmt: skip
from catalog.change import Change, Evidence, Origin
from catalog.errors import BadInput
from catalog.urn import column as column_urn
from docent.app import Docent

AT = datetime(2026, 3, 1, tzinfo=UTC)
ANA = "urn:li:corpuser:ana"


def urn(name: str) -> str:
    return f"urn:li:dataset:(urn:li:dataPlatform:duckdb,shop.{name},PROD)"


RAW, STG, PEOPLE, SECRET = urn("raw.customers"), urn("stg.clients"), urn("marts.people"), urn("hr.bonus")
BOARD, VERSION, AGENT = "urn:li:dashboard:(looker,board)", "urn:li:mlModel:(x,churn.3,PROD)", "urn:li:agent:helper"


def table(of: str, columns: tuple[str, ...], *values: Aspect) -> list[Change]:
    name = of.split(",")[1]
    info = Info(kind="table", name=name.rsplit(".", 1)[-1], platform="duckdb", qualified_name=name)
    every = (info, Schema(tuple(map(Column, columns))), *values)
    return [Change(of, value, Origin("dbt", observed_at=AT)) for value in every]


def company() -> Iterator[Change]:
    yield from table(RAW, ("id", "email"), Classification((("email", "personal data"),)))
    edges = (ColumnEdge(RAW, "email", "email", "identity"), ColumnEdge(RAW, "id", "*", "filter"))
    yield from table(STG, ("email",), Lineage((Upstream(RAW),), edges), Logic("select email from raw.customers"))
    hashed = (ColumnEdge(STG, "email", "email_hash", "expression", "parsed", "md5(lower(email))"),)
    bonus = ColumnEdge(SECRET, "zebrafish", "grade", "identity")
    yield from table(
        PEOPLE, ("email_hash", "grade"), Lineage((Upstream(STG, basis="parsed"), Upstream(SECRET)), (*hashed, bonus)),
        Logic("select md5(lower(email)) as email_hash from stg.clients"), Ownership((Owner(ANA),)),
    )  # fmt: skip
    yield from table(
        SECRET, ("zebrafish",), Lineage((Upstream(STG),), (ColumnEdge(STG, "email", "zebrafish", "identity"),))
    )
    for of, value in (
        (ANA, Info(kind="person", name="Ana Souza")),
        (ANA, Person(full_name="Ana Souza")),
        (BOARD, Info(kind="dashboard", name="Board", platform="looker")),
        (BOARD, Lineage((Upstream(PEOPLE),))),
        (BOARD, Usage(queries=9, last_used_at=AT)),
        (VERSION, Info(kind="model_version", name="churn 3")),
        (VERSION, ModelVersion(version="3", stage="production", approved=False)),
        (VERSION, Lineage((Upstream(PEOPLE, "trained on"),))),
        (AGENT, Info(kind="agent", name="helper")),
        (AGENT, Lineage((Upstream(BOARD, "uses"),))),
        ("urn:li:policy:hr", Policy(access=(AccessRule("deny", "discover", assets=(SECRET,), unless=(ANA,)),))),
    ):
        yield Change(of, value, Origin("dbt", observed_at=AT))


@pytest.fixture(scope="module")
def docent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Docent]:
    root = tmp_path_factory.mktemp("tracing")
    (root / "files").mkdir()
    (root / "files" / "all.yaml").write_text("people: [{id: ben, name: Ben Okri}]\n", encoding="utf-8")
    (root / "docent.toml").write_text('[[source]]\ntype = "files"\npath = "files"\n', encoding="utf-8")
    with Docent.open(root, {"DOCENT_MODEL_DIR": str(root / "no-model")}) as made:
        made.catalog.register("dbt", "dbt")
        made.catalog.apply(company())
        assert made.index(prepare_model=False).errors == 0
        yield made


def ask(docent: Docent, question: str, viewer: str = "ana", skill: str = "", direction: str = "", **bounds: Any) -> Any:
    """The answer as programs get it, after every slot was compared again with what is stored."""
    answer = docent.ask(question, viewer, skill=skill, direction=direction, bounds=Bounds(**bounds))
    proofs = [proof for claim in answer.draft.claims for proof in claim.evidence if isinstance(proof, Evidence)]
    texts = {proof.version: docent.cite(proof.ref(), viewer).json for proof in proofs}
    assert check(answer.draft.claims, texts) == []
    return json.loads(json.dumps(to_json(answer)))


def nodes(body: Any) -> list[tuple[str, int]]:
    return [(one["urn"], one["hops"]) for one in body["facts"]["nodes"]]


@pytest.mark.parametrize(
    ("question", "skill", "direction"),
    [
        ("where does people.email_hash come from?", "lineage", "up"),
        ("where does customers.email end up?", "lineage", "down"),
        ("what is the impact of changing people?", "impact", "down"),
    ],
)
def test_a_question_about_a_column_is_traced(docent: Docent, question: str, skill: str, direction: str) -> None:
    body = ask(docent, question)
    assert (body["skill"], body["verdict"], body["facts"]["direction"]) == (skill, "answered", direction)


def test_a_column_is_traced_up_with_the_expression_and_its_sensitive_origin(docent: Docent) -> None:
    body = ask(docent, "where does people.email_hash come from?")
    assert nodes(body) == [(column_urn(STG, "email"), 1), (column_urn(RAW, "email"), 2)]
    assert body["facts"]["edges"][0] | {"source": ""} == {
        "from": column_urn(STG, "email"), "to": column_urn(PEOPLE, "email_hash"),
        "how": "expression", "basis": "parsed", "source": "",
    }  # fmt: skip
    for words in ("md5(lower(email))", "It begins in raw.customers.email", "personal data", "read from SQL"):
        assert words in body["text"]


def test_influence_is_told_apart_from_flow(docent: Docent) -> None:
    body = ask(docent, "clients", skill="lineage", direction="up", column="*")
    assert nodes(body) == [(column_urn(RAW, "email"), 1)]
    body = ask(docent, "customers", skill="lineage", direction="down", column="id")
    assert nodes(body) == []
    assert [one["to"] for one in body["facts"]["influences"]] == [STG]
    assert "chooses rows" in body["text"]


def test_a_column_that_is_not_there_and_one_that_is_hidden_are_told_alike(docent: Docent) -> None:
    texts = []
    for column in ("nothing", "zebrafish"):
        body = ask(docent, "people", "ben", "lineage", "up", column=column)
        assert body["verdict"] == "no"
        texts.append(body["text"].replace(column, "X"))
    assert texts[0] == texts[1]


def test_what_is_hidden_is_in_no_walk_count_or_path(docent: Docent) -> None:
    for question, skill, direction, bounds in (
        ("customers", "lineage", "down", {}),
        ("customers", "lineage", "down", {"column": "email"}),
        ("people", "lineage", "up", {"column": "*"}),
        ("customers", "impact", "down", {"column": "email"}),
        ("customers", "impact", "down", {}),
    ):
        seen, hidden = (ask(docent, question, who, skill, direction, **bounds) for who in ("ana", "ben"))
        assert "bonus" in json.dumps(seen)
        assert "bonus" not in json.dumps(hidden)
        assert "zebrafish" not in json.dumps(hidden)
        assert hidden["facts"]["total"] < seen["facts"]["total"]
    assert ask(docent, "customers", "ben", "lineage", "down", column="email")["facts"]["total"] == 2


def test_impact_puts_the_most_serious_first_with_owner_and_last_use(docent: Docent) -> None:
    body = ask(docent, "customers", "ben", "impact")
    hits = [(one["urn"], one["severity"]) for one in body["facts"]["hits"]]
    assert hits[:3] == [(VERSION, "critical"), (AGENT, "critical"), (BOARD, "serious")]
    assert body["facts"]["by_severity"] == {"critical": 2, "serious": 1, "ordinary": 2, "minor": 0}
    assert "last used 2026-03-01" in body["text"]
    assert "Tell Ana Souza" in body["text"]


def test_impact_of_a_column_tells_sure_hits_from_those_nobody_knows(docent: Docent) -> None:
    body = ask(docent, "customers", "ben", "impact", column="email")
    through = {one["urn"]: one["through"] for one in body["facts"]["hits"]}
    assert through == {STG: "column", PEOPLE: "column", BOARD: "unknown", VERSION: "unknown", AGENT: "unknown"}
    assert "may be hit or not" in body["text"]
    rows = ask(docent, "customers", "ben", "impact", column="id")["facts"]["hits"]
    assert {one["urn"]: one["through"] for one in rows} == {STG: "rows"}


def test_what_breaks_asked_in_words_is_graded_too(docent: Docent) -> None:
    body = ask(docent, "what breaks if I change customers?", "ben")
    assert (body["skill"], body["facts"]["total"]) == ("lineage", 5)
    assert body["facts"]["by_severity"]["critical"] == 2


def test_a_path_has_the_sql_of_each_step_and_works_backwards(docent: Docent) -> None:
    for a, b, turned in (("customers", "Board", False), ("Board", "customers", True)):
        body = ask(docent, a, "ben", "path", other=b)
        assert [urn_ for urn_, _ in nodes(body)] == [RAW, STG, PEOPLE, BOARD]
        assert body["facts"]["turned"] is turned
        assert "select md5(lower(email)) as email_hash" in body["text"]
    assert ask(docent, "how does customers get to the board?", "ben")["facts"]["to"] == BOARD
    assert ask(docent, "customers", "ben", "path", other="bonus")["verdict"] == "no"


def test_pages_of_a_skill_join_and_a_cursor_needs_one_direction(docent: Docent) -> None:
    first = ask(docent, "customers", skill="lineage", direction="down", limit=2)
    assert (first["facts"]["returned"], first["facts"]["total"], first["facts"]["complete"]) == (2, 6, False)
    assert "2 of 6 are listed" in first["text"]
    rest = ask(docent, "customers", skill="lineage", direction="down", cursor=first["facts"]["cursor"])
    assert len({*nodes(first), *nodes(rest)}) == 6
    with pytest.raises(BadInput, match="one direction"):
        ask(docent, "customers", skill="lineage", direction="both", cursor=first["facts"]["cursor"])


def test_hops_and_kinds_bound_the_walk(docent: Docent) -> None:
    near = ask(docent, "customers", "ben", "lineage", "down", down=1)
    assert (nodes(near), near["facts"]["cut"]) == ([(STG, 1)], ["hops"])
    boards = ask(docent, "customers", "ben", "lineage", "down", kinds=("dashboard",))
    assert (nodes(boards), boards["facts"]["total"]) == ([(BOARD, 3)], 1)


HOSTILE = 'a"];\n  evil["x\\"] --> <b>|\u202e\x07#quot; }'


def test_no_name_breaks_out_of_a_picture() -> None:
    bad = f"urn:li:dataset:(urn:li:dataPlatform:duckdb,{HOSTILE},PROD)"
    facts = {"nodes": [{"urn": bad}], "edges": [{"from": bad, "to": RAW, "how": HOSTILE}], "complete": False}
    drawn = mermaid(drawing_of(facts))
    assert len(drawn.splitlines()) == 5
    assert drawn.count('"') == 2 * 4  # two around each of three labels and one how: none out of a name
    assert not set("<>|\\") & set(drawn.replace("-->", "").replace("|", "", 2))
    shown = dot(drawing_of(facts))
    assert len(shown.splitlines()) == 8
    assert "\u202e" not in drawn + shown
    assert '\\"];' in shown


def test_columns_stand_in_the_box_of_their_table_and_influence_is_dashed(docent: Docent) -> None:
    answer = docent.ask("customers", "ben", skill="lineage", direction="down", bounds=Bounds(column="*"))
    text = mermaid(drawing_of(answer.draft.facts))
    assert 'subgraph g0["shop' in text
    assert "-.->" in text
    assert isinstance(answer.draft.lead[0], Claim)
