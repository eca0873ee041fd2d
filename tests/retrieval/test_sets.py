"""Long questions: tables are chosen for what they add, and the first place stays."""

from __future__ import annotations

from pathlib import Path

from retrieval_catalogs import table

from retrieval.analyzer import Analyzer
from retrieval.generation import build_generation
from retrieval.search import Searcher

COPIES = tuple(
    table(f"course_enrollment{end}", "course_key", "student_key", "enrollment_status", "term_code")
    for end in ("", "_hist", "_bak", "_new")
)
ROOMS = table("room_bookings", "room_key", "building_name", "booked_at")
LONG = "enrollment status of each student and course by term code with the building name of the room booked for lessons"


def test_a_table_that_adds_something_comes_before_the_third_copy(tmp_path: Path) -> None:
    found = Searcher(build_generation(tmp_path, (*COPIES, ROOMS))).search(LONG)
    assert [one.name for one in found.results].index("room_bookings") <= 2
    assert [one.score for one in found.results] == sorted((one.score for one in found.results), reverse=True)


def test_how_an_answer_should_look_is_not_searched_for() -> None:
    said = {
        word.word for word in Analyzer().query("list unique building names of rooms sorted in ascending order by city")
    }
    assert {"building", "rooms", "city"} <= said
    assert not said & {"sorted", "ascending", "order", "unique"}
    assert "order" in {word.word for word in Analyzer().query("order by city")}, "a short search keeps all its words"
