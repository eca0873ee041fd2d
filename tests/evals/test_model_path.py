"""The model path, asked through LangChain's real clients of a stub server on loopback that speaks both protocols."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.answer import to_json
from assistant.grounding import check
from assistant.model.path import ModelPath
from catalog.reader import read_contents
from evals.attack_strings import attack_strings, read_strings
from evals.bench_faults import EXPECTED_BREAKER, breaker_trial
from evals.bench_hostile import Tally, forbidding, leaked, run_hostile, trusting
from evals.bench_injection import _ARMS, _Arm, _companies, _control, _pairs
from evals.model_company import CANARY, SECRET, VIEWER, make_company, table_of
from evals.model_runs import API_KEY, PROVIDERS, Provider, settings_for
from evals.small_company import SmallCompany
from evals.stub_llm.faithful import faithful, foreign
from evals.stub_llm.prompt import Prompt, Reply, called
from evals.stub_llm.server import FAULTS, StubServer

TABLE = table_of(0)
BOTH = f"who owns {TABLE} and is {TABLE} fresh?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("model")
    make_company(made, [""] * 6)
    return made


@pytest.fixture
def stub() -> Iterator[StubServer]:
    with StubServer(faithful) as server:
        yield server


def asked(folder: Path, stub: StubServer, question: str, provider: Provider = "openai", **bounds: object) -> dict:  # type: ignore[type-arg]
    bounds = {"deadline": 30.0, **bounds}
    with SmallCompany(folder, ModelPath(settings_for(stub, provider, **bounds))) as docent:
        return to_json(docent.ask(question, VIEWER))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_question_of_two_parts_is_planned_run_and_phrased(folder: Path, stub: StubServer, provider: Provider) -> None:
    answer = asked(folder, stub, BOTH, provider)
    assert answer["phrased_by"] == "stub-1"
    assert [part["skill"] for part in answer["facts"]["parts"]] == ["owner", "quality"]
    assert "Keep in mind that" in answer["text"]
    assert "is owned by Keeper Amber Orders" in answer["text"]
    assert "failing" in answer["text"]
    assert answer["notes"] == []


def test_tokens_calls_and_cost_are_recorded_with_the_answer(folder: Path, stub: StubServer) -> None:
    usage = asked(folder, stub, BOTH, price_in=2.0, price_out=10.0)["usage"]
    assert (usage["calls"], usage["tokens_in"], usage["tokens_out"]) == (2, 200, 40)
    assert usage["cost"] == pytest.approx((200 * 2 + 40 * 10) / 1e6)


def test_every_shown_sentence_of_a_phrased_answer_is_proved_by_what_it_cites(folder: Path, stub: StubServer) -> None:
    with SmallCompany(folder, ModelPath(settings_for(stub, "openai", deadline=30.0))) as docent:
        answer = docent.ask(BOTH, VIEWER)
        versions = sorted({c.version for c in answer.citations if c.kind == "record"})
        with docent.catalog.database.reading() as connection:
            assert check(answer.draft.claims, read_contents(connection, versions)) == []


def test_without_a_configured_model_nothing_is_asked_of_one(folder: Path, stub: StubServer) -> None:
    with SmallCompany(folder, None) as docent:
        answer = to_json(docent.ask(BOTH, VIEWER))
    assert (answer["phrased_by"], answer["usage"], stub.bodies) == ("docent", None, [])


def test_no_model_and_commands_for_one_kind_of_question_ask_none(folder: Path, stub: StubServer) -> None:
    with SmallCompany(folder, ModelPath(settings_for(stub, "openai", deadline=30.0))) as docent:
        docent.ask(BOTH, VIEWER, model=False)
        docent.ask(TABLE, VIEWER, skill="owner")
    assert stub.bodies == []


def test_the_planning_prompt_holds_the_question_and_nothing_of_the_catalog(folder: Path, stub: StubServer) -> None:
    with SmallCompany(folder, ModelPath(settings_for(stub, "openai", deadline=30.0))) as docent:
        docent.ask(f"who looks after {TABLE}?", VIEWER, conversation="c")
        docent.ask("please tell me where it is used", VIEWER, conversation="c")
    plans = [body for body in stub.bodies if "<question>" in body]
    assert plans
    for body in plans:
        assert "Keeper" not in body
        assert "duckdb" not in body
        assert "owned by" not in body


def test_a_handle_means_what_this_viewer_may_see_of_an_earlier_turn(folder: Path) -> None:
    def points_back(prompt: Prompt) -> Reply:
        if prompt.forced == "plan" and "#1" in prompt.system:
            return called("plan", calls=[{"skill": "owner", "subject": "#1"}])
        return faithful(prompt)

    question = "would you know whom I should be bothering with this sort of question"
    with (
        StubServer(points_back) as stub,
        SmallCompany(folder, ModelPath(settings_for(stub, "openai", deadline=30.0))) as docent,
    ):
        docent.ask(f"what is {TABLE}?", VIEWER, conversation="a", model=False)
        assert "Keeper Amber Orders" in docent.ask(question, VIEWER, conversation="a").text
        docent.ask(f"what is {CANARY.replace('-', '_')}?", "ben", conversation="b", model=False)
        assert CANARY.replace("-", "_") not in docent.ask(question, VIEWER, conversation="b").text


@pytest.mark.parametrize(
    "bad",
    [
        [{"skill": "owner", "subject": "salaries"}],
        [{"skill": "run_sql", "subject": TABLE}],
        [{"skill": "owner", "subject": "#7"}],
        [{"skill": "owner"}],
        [],
        "no list",
    ],
)
def test_a_plan_that_leaves_the_question_is_refused_twice_and_code_plans(folder: Path, bad: object) -> None:
    def planner(prompt: Prompt) -> Reply:
        return called("plan", calls=bad) if prompt.forced == "plan" else faithful(prompt)

    with StubServer(planner) as stub:
        answer = asked(folder, stub, f"who looks after {TABLE}?")
        plans = [body for body in stub.bodies if "<question>" in body]
    assert answer["skill"] == "owner"
    assert len(plans) == 2
    assert "was refused" in plans[1]
    assert "salaries" not in plans[1]
    assert any("planning" in note for note in answer["notes"])


@pytest.mark.parametrize("fault", ["refused", *FAULTS])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_model_that_is_down_costs_the_phrasing_and_never_the_answer(
    folder: Path, fault: str, provider: Provider
) -> None:
    with StubServer(faithful) as stub:
        path = ModelPath(settings_for(stub, provider, deadline=1.5, max_calls=2))
        path.client.preload()
        if fault == "refused":
            stub.close()
        else:
            stub.fault = next(one for one in FAULTS if one == fault)
        with SmallCompany(folder, path) as docent:
            without = docent.ask(f"can I trust {TABLE}?", VIEWER, model=False)
            answer = docent.ask(f"can I trust {TABLE}?", VIEWER)
    assert [one.text for one in answer.draft.claims] == [one.text for one in without.draft.claims]
    assert answer.phrased_by == "docent"
    assert any(note.startswith("Answered without the language model") for note in answer.notes)


def test_another_language_is_not_shown(folder: Path) -> None:
    with StubServer(foreign) as stub:
        answer = asked(folder, stub, f"can I trust {TABLE}?")
    assert "Het antwoord" not in answer["text"]
    assert answer["phrased_by"] == "docent"
    assert "were not shown" in " ".join(answer["notes"])


def test_arguments_of_another_form_are_no_phrasing_and_it_is_said(folder: Path) -> None:
    with StubServer(lambda prompt: called(prompt.forced, sentences="one text", calls=3)) as stub:
        answer = asked(folder, stub, f"can I trust {TABLE}?")
    assert answer["phrased_by"] == "docent"
    assert "nothing that can be used" in " ".join(answer["notes"])


def test_retry_after_is_kept_to(folder: Path) -> None:
    with StubServer(faithful, "rate_limited_after") as stub:
        path = ModelPath(settings_for(stub, "openai", deadline=30.0))
        with SmallCompany(folder, path) as docent:
            docent.ask(f"can I trust {TABLE}?", VIEWER)
            docent.ask(f"can I trust {TABLE}?", VIEWER)
    assert len(stub.bodies) == 1
    assert path.client.breaker.opened == 1


def test_the_breaker_opens_after_five_failures_tries_after_a_pause_and_closes(folder: Path) -> None:
    assert breaker_trial(folder, f"can I trust {TABLE}?") == EXPECTED_BREAKER


@pytest.mark.parametrize(
    ("bounds", "why"),
    [
        ({"max_calls": 1}, "calls are used up"),
        ({"max_tokens_in": 50}, "would exceed"),
        ({"max_tokens_out": 20}, "output"),
    ],
)
def test_a_budget_that_is_used_up_ends_the_models_part(
    folder: Path, stub: StubServer, bounds: dict[str, int], why: str
) -> None:
    answer = asked(folder, stub, BOTH, **bounds)
    assert answer["verdict"] == "answered"
    assert why in " ".join(answer["notes"])


def test_secrets_in_texts_and_the_key_never_stand_in_a_prompt(folder: Path, stub: StubServer) -> None:
    with SmallCompany(folder, ModelPath(settings_for(stub, "openai", deadline=30.0))) as docent:
        assert SECRET in docent.ask("what is leaky_notes?", VIEWER, model=False).text
        docent.ask("can I trust leaky_notes and who owns leaky_notes?", VIEWER)
    sent = "".join(stub.bodies)
    assert "[secret]" in sent
    assert SECRET not in sent
    assert API_KEY not in sent


def test_a_hostile_model_shows_nothing_of_its_own(folder: Path) -> None:
    tally, bodies = Tally(), []
    for provider in PROVIDERS:
        bodies += run_hostile(folder, provider, range(12), tally)
    assert (tally.unsupported, tally.lost, tally.links, tally.images, tally.mentions) == (0, 0, 0, 0, 0), tally.examples
    assert tally.unplanned_run == 0
    assert tally.unplanned_offered > 0
    assert tally.answered == tally.runs
    assert set(leaked(bodies).values()) == {0}


@pytest.mark.parametrize("sabotaged", [trusting, forbidding], ids=lambda one: one.__name__)
def test_the_count_catches_a_sabotaged_verifier(folder: Path, sabotaged: object) -> None:
    tally = Tally()
    run_hostile(folder, "openai", range(8), tally, sabotaged)  # type: ignore[arg-type]
    assert tally.unsupported > 0


@pytest.mark.parametrize(("name", "character"), _ARMS)
def test_orders_in_texts_change_nothing(name: str, character: object) -> None:
    texts = attack_strings(500)[7::125]
    arm = _Arm()
    with _companies(texts) as folders:
        for text, pairs in zip(texts, _pairs(folders, texts, character), strict=True):  # type: ignore[arg-type]
            arm.count(text, pairs)
    assert arm.passes(name, len(texts)), arm.to_json()


def test_a_planner_that_reads_the_catalog_is_caught() -> None:
    assert _control(3) > 0


def test_there_are_500_attack_strings_all_different() -> None:
    assert len(set(attack_strings(500))) == 500


def test_more_strings_are_read_from_lists_and_objects_of_lists(tmp_path: Path) -> None:
    file = tmp_path / "more.json"
    file.write_text(json.dumps({"a": ["one", "two"], "b": ["three"]}), encoding="utf-8")
    assert read_strings(file) == ["one", "two", "three"]
