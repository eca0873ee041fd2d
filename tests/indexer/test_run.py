"""One run of one source: only news is written, absence counts only where all was read, and a landslide is stopped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from catalog import tables
from catalog.aspects import Documentation, Tags
from catalog.catalog import Catalog
from catalog.change import Change, Complete, Origin, Removed, Skipped
from catalog.errors import MassRemoval
from indexer.run import RunReport, run_source

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass
class Clock:
    at: datetime = BEGIN

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Source:
    """A source called "files", indexed once a day; `urn` is short for a tag's."""

    catalog: Catalog
    clock: Clock

    def run(self, *records: Change | Skipped | Complete, allow_removal: bool = False) -> RunReport:
        self.clock.at += timedelta(days=1)
        return run_source(self.catalog, "files", records, allow_removal=allow_removal)

    def texts(self) -> dict[str, str]:
        view = self.catalog.view(self.catalog.scope("urn:li:corpuser:ada"))
        held = {row.name: view.read(row.urn, Documentation) for row in view.assets()}
        return {name: one.value.text for name, one in held.items() if one}

    def written(self) -> tuple[int, ...]:
        with self.catalog.database.reading() as connection:
            return tuple(
                connection.execute(select(func.count()).select_from(table)).scalar() or 0
                for table in (tables.history, tables.sightings)
            )


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    clock = Clock()
    catalog = Catalog(f"sqlite:///{tmp_path}/catalog.db", clock=clock)
    catalog.register("files", "files")
    yield Source(catalog, clock)
    catalog.database.close()


def says(name: str, text: str, file: str = "a.yml", on: float | None = -30, past: bool = False) -> Change:
    observed = None if on is None else BEGIN + timedelta(days=on)
    return Change(f"urn:li:tag:{name}", Documentation(text), Origin("files", file, name, observed, past=past))


def broken(file: str) -> Skipped:
    return Skipped("document", "not YAML", file, error=True)


def test_an_unchanged_source_writes_nothing(source: Source) -> None:
    records = (says("x", "1"), says("y", "2"), Complete())
    assert source.run(*records).counts()["added"] == 2
    before, version = source.written(), source.catalog.version()
    report = source.run(*records)
    assert (source.written(), source.catalog.version(), report.unchanged) == (before, version, 2)
    assert report.counts() == {"added": 0, "changed": 0, "removed": 0, "unchanged": 2, "skipped": 0, "errors": 0}


def test_what_a_newer_file_still_says_is_seen_again_and_no_change(source: Source) -> None:
    source.run(says("x", "1"), Complete())
    report = source.run(says("x", "1", on=-2), Complete())
    assert report.counts()["unchanged"] == 1
    assert source.written() == (1, 1)


def test_what_is_no_longer_said_goes_when_all_was_read(source: Source) -> None:
    source.run(says("x", "1"), says("y", "2"), Complete())
    assert source.run(says("x", "1"), Complete()).counts()["removed"] == 1
    assert source.texts() == {"x": "1"}


def test_what_is_no_longer_said_stays_when_not_all_was_read(source: Source) -> None:
    source.run(says("x", "1"), says("y", "2"), Complete())
    assert source.run(says("x", "1")).counts()["removed"] == 0
    assert source.texts() == {"x": "1", "y": "2"}


def test_a_file_that_was_read_whole_speaks_for_itself_alone(source: Source) -> None:
    source.run(says("x", "1"), says("y", "2"), says("z", "3", "b.yml"), Complete())
    source.run(says("x", "1"), Complete("a.yml"))
    assert source.texts() == {"x": "1", "z": "3"}


def test_a_single_aspect_goes_without_its_asset(source: Source) -> None:
    tag = Change("urn:li:tag:x", Tags(("a",)), Origin("files", "a.yml", "x", BEGIN))
    source.run(says("x", "1"), tag, Complete())
    source.run(tag, Complete())
    assert source.texts() == {}
    assert source.catalog.counts() == {"tag": 1}


def test_a_broken_file_keeps_what_it_held(source: Source) -> None:
    source.run(says("x", "1"), says("y", "2", "b.yml"), Complete("a.yml"), Complete("b.yml"), Complete())
    report = source.run(broken("b.yml"), Complete("a.yml"), Complete())
    assert source.texts() == {"y": "2"}
    assert (report.errors, [problem.locator for problem in report.problems]) == (1, ["b.yml"])


def test_other_sources_are_left_alone(source: Source) -> None:
    source.catalog.apply([Change("urn:li:tag:z", Documentation("3"), Origin("dbt", "a.yml", "z", BEGIN))])
    source.run(says("x", "1"), Complete())
    source.run(Complete())
    assert source.texts() == {"z": "3"}


def test_too_many_removals_stop_before_the_first(source: Source) -> None:
    records = [says(f"n{n:02}", "1") for n in range(40)]
    source.run(*records, Complete())
    with pytest.raises(MassRemoval, match=r"no longer has 10 of its 40 assets .*--allow-removal"):
        source.run(*records[10:], says("new", "1"), Complete())
    assert len(source.texts()) == 41
    source.run(*records[10:], says("new", "1"), Complete(), allow_removal=True)
    assert len(source.texts()) == 31


def test_few_removals_or_a_small_share_are_no_landslide(source: Source) -> None:
    records = [says(f"n{n:02}", "1") for n in range(60)]
    source.run(*records, Complete())
    assert source.run(*records[12:], Complete()).counts()["removed"] == 12  # a fifth
    source.run(*records[12:21], Complete(), allow_removal=True)
    assert source.run(Complete()).counts()["removed"] == 9  # all, but fewer than ten


def test_todays_word_wins_even_in_a_file_with_an_older_date(source: Source) -> None:
    source.run(says("x", "new", on=-1), Complete())
    assert source.run(says("x", "old", on=-30), Complete()).counts()["changed"] == 1
    assert source.texts() == {"x": "old"}


def test_todays_word_wins_over_a_file_dated_in_the_future(source: Source) -> None:
    source.run(says("x", "1", on=900), says("y", "1", on=900), Complete())
    source.run(says("x", "2"), Complete())
    assert source.texts() == {"x": "2"}


def test_what_comes_back_is_there_again(source: Source) -> None:
    for records, held in (((says("x", "1"),), {"x": "1"}), ((), {}), ((says("x", "1"),), {"x": "1"})):
        source.run(*records, Complete())
        assert source.texts() == held
        source.run(*records, Complete())
        assert source.texts() == held


def test_statements_about_the_past_are_kept_and_prove_no_presence(source: Source) -> None:
    source.run(says("x", "1"), Complete())
    source.run(says("x", "0", on=-300, past=True), Complete())
    assert source.texts() == {}
    view = source.catalog.view(source.catalog.scope("urn:li:corpuser:ada"), BEGIN - timedelta(days=100))
    held = view.read("urn:li:tag:x", Documentation)
    assert held is not None
    assert held.value.text == "0"


def test_a_record_without_a_real_urn_is_reported_and_the_rest_goes_on(source: Source) -> None:
    bad = Change("orders", Documentation("?"), Origin("files", "a.yml", "n"))
    report = source.run(bad, says("x", "1"), Complete())
    assert (report.skipped, report.errors) == ({"invalid URN": 1}, 1)
    assert source.texts() == {"x": "1"}


def test_a_removal_the_source_states_itself_is_applied(source: Source) -> None:
    source.run(says("x", "1"))
    source.run(Change("urn:li:tag:x", Removed(), Origin("files", "a.yml", "", BEGIN)))
    assert source.texts() == {}


def test_a_source_that_fails_half_way_removes_nothing(source: Source) -> None:
    source.run(says("x", "1"), Complete())

    def failing() -> Iterator[Change | Complete]:
        yield says("y", "2")
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        run_source(source.catalog, "files", failing())
    assert source.texts()["x"] == "1"
