"""Export and import: the same state, history and citations, on either engine; hostile files take nothing in."""

from __future__ import annotations

import gzip
import io
import json
import stat
import tarfile
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from catalog_words import BEGIN, Clock, day, said
from jsonschema import Draft202012Validator
from sqlalchemy import insert, select

from catalog import tables
from catalog.aspects import Documentation, Info, Lineage, Owner, Ownership, Person, Tags, Upstream
from catalog.catalog import Catalog
from catalog.change import Evidence, Removed
from catalog.codec import digest, encode
from catalog.database import micros
from catalog.erase.act import erase
from catalog.erase.victims import find_victim
from catalog.errors import BadInput, Erased, ExportUnusable
from catalog.portable.exporting import export
from catalog.portable.importing import Loaded, load
from catalog.portable.layout import json_schema

ANA = "urn:li:corpuser:ana"
ORDERS = "urn:li:dataset:(urn:li:dataPlatform:postgres,shop.public.orders,PROD)"
RAW = "urn:li:dataset:(urn:li:dataPlatform:postgres,shop.raw.orders,PROD)"
TRUTH = ("contents", "history", "sightings", "events", "sources", "runs", "erasures")
PLACES = ("archive.tar.gz", "folder")


def fill(catalog: Catalog, clock: Clock) -> None:
    catalog.register("dbt", "dbt")
    run = catalog.start_run("dbt")
    catalog.apply(
        [
            said(
                ORDERS,
                Documentation("Größe „A“ \u2028 \ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")),
            ),
            said(ORDERS, Documentation("B"), on=2),
            said(ORDERS, Documentation("B"), on=3),
            said(ORDERS, Documentation("A"), on=1),
            said(ORDERS, Lineage((Upstream(RAW),)), "datahub"),
            said(RAW, Tags(("pii", "pii"))),
            said(RAW, Info(kind="table", name="raw"), event="e1"),
            said(ANA, Person("Ana Souza", "ana@shop.example")),
            said(RAW, Ownership((Owner(ANA),))),
        ]
    )
    clock.move()
    catalog.apply([said(RAW, Removed("tags"), on=4), said(ORDERS, Removed(), "datahub", on=5)])
    catalog.end_run(run, "done", {"added": 3})
    row = {"answer_id": "x", "conversation": "", "turn": 0, "viewer": ANA, "asked_at": 1, "catalog_version": 2}
    with catalog.database.writing() as connection:
        connection.execute(insert(tables.answers), [row | {"question": "q?", "answer": "{}"}])


def rows(catalog: Catalog, *names: str) -> dict[str, list[tuple[object, ...]]]:
    with catalog.database.reading() as connection:
        return {n: sorted(tuple(r) for r in connection.execute(select(tables.metadata.tables[n]))) for n in names}


def written(catalog: Catalog, target: Path, answers: bool = False) -> Path:
    export(catalog.database, target, BEGIN, "1.0", answers)
    return target


def taken(catalog: Catalog, source: Path) -> Loaded:
    return load(catalog.database, source)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("back", [False, True], ids=["into sqlite", "from sqlite"])
def test_a_catalog_moves_between_engines_and_stays_what_it_was(
    catalog: Catalog, clock: Clock, local: Callable[..., Catalog], tmp_path: Path, place: str, back: bool
) -> None:
    one, other = (local(), catalog) if back else (catalog, local())
    fill(one, clock)
    loaded = taken(other, written(one, tmp_path / place, answers=True))
    assert loaded.state_hash == other.state_hash() == one.state_hash()
    assert other.version() == one.version()
    projected = ("current", "assets", "labels", "edges", "column_edges", "answers")
    assert rows(other, *TRUTH, *projected[1:]).keys() == rows(one, *TRUTH, *projected[1:]).keys()
    assert rows(other, *TRUTH, "answers") == rows(one, *TRUTH, "answers")
    view = [c.view(c.scope(ANA), day(1)).read_all(ORDERS) for c in (one, other)]
    assert view[0] == view[1]
    ref = Evidence(ORDERS, "documentation", "dbt", digest(encode(Documentation("A"))))
    assert other.cite(ref, other.scope(ANA)) == one.cite(ref, one.scope(ANA))
    for catalog_ in (one, other):  # and goes on as before
        catalog_.apply([said(ORDERS, Documentation("C"), on=9)])
    assert other.state_hash() == one.state_hash()
    assert other.version() == one.version()


def test_importing_twice_changes_nothing(catalog: Catalog, clock: Clock, tmp_path: Path) -> None:
    fill(catalog, clock)
    source = written(catalog, tmp_path / "x.tar.gz")
    before = rows(catalog, *TRUTH), catalog.state_hash()
    assert sum(taken(catalog, source).new.values()) == 0
    assert (rows(catalog, *TRUTH), catalog.state_hash()) == before


def test_two_catalogs_become_one(catalog: Catalog, clock: Clock, local: Callable[..., Catalog], tmp_path: Path) -> None:
    fill(catalog, clock)
    mine = [said(ORDERS, Documentation("mine"), "files"), said(RAW, Tags(("x",)), on=9)]
    both, other = local(), local()
    fill(both, clock)
    both.apply(mine)
    other.apply(mine)
    taken(other, written(catalog, tmp_path / "x"))
    assert other.state_hash() == both.state_hash()
    urns = [{row[0] for row in rows(one, "assets")["assets"]} for one in (other, both)]
    assert urns[0] == urns[1]


@pytest.mark.parametrize("first", ["there", "here"])
def test_what_was_erased_on_either_side_stays_erased(
    catalog: Catalog, clock: Clock, local: Callable[..., Catalog], tmp_path: Path, first: str
) -> None:
    fill(catalog, clock)
    other = local()
    fill(other, clock)
    chosen = catalog if first == "there" else other
    with chosen.database.reading() as connection:
        victim = find_victim(connection, ANA)
    erase(chosen.database, [victim], micros(day(10)))
    taken(other, written(catalog, tmp_path / "x.tar.gz"))
    assert "ana@shop" not in str(rows(other, *TRUTH, "current", "labels"))
    with pytest.raises(Erased):
        other.cite(
            Evidence(ANA, "person", "dbt", digest(encode(Person("Ana Souza", "ana@shop.example")))),
            other.scope("urn:li:corpuser:x"),
        )
    assert other.state_hash() == chosen.state_hash()


def test_answers_are_left_out_unless_asked_for(catalog: Catalog, clock: Clock, tmp_path: Path) -> None:
    fill(catalog, clock)
    folder = written(catalog, tmp_path / "out")
    assert not (folder / "answers.jsonl").exists()
    assert (written(catalog, tmp_path / "all", answers=True) / "answers.jsonl").exists()


def test_every_row_fits_the_schema_that_comes_with_it(catalog: Catalog, clock: Clock, tmp_path: Path) -> None:
    fill(catalog, clock)
    folder = written(catalog, tmp_path / "out", answers=True)
    schema = json.loads((folder / "schema.json").read_text())
    assert schema == json_schema()
    manifest = json.loads((folder / "manifest.json").read_text())
    for path in folder.glob("*.jsonl"):
        lines = path.read_text().splitlines()
        assert len(lines) == manifest["files"][path.name]["rows"]
        checker = Draft202012Validator(schema["$defs"][path.name])
        for line in lines:
            checker.validate(json.loads(line))


def test_an_export_is_for_its_owner_and_overwrites_nothing(catalog: Catalog, clock: Clock, tmp_path: Path) -> None:
    fill(catalog, clock)
    archive, folder = (written(catalog, tmp_path / place) for place in PLACES)
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for target in (archive, folder):
        with pytest.raises(BadInput, match="there already"):
            written(catalog, target)
    assert sorted(path.name for path in tmp_path.iterdir() if "catalog" not in path.name) == sorted(PLACES)


# Hostile and broken files ----------------------------------------------------------------------------------------


def repacked(
    source: Path, target: Path, change: Callable[[str, bytes], Iterator[tuple[tarfile.TarInfo, bytes]]]
) -> Path:
    with tarfile.open(source) as old, tarfile.open(target, "w:gz", format=tarfile.GNU_FORMAT) as new:
        for info in old:
            held = old.extractfile(info)
            assert held is not None
            for made, data in change(info.name, held.read()):
                made.size = len(data)
                new.addfile(made, io.BytesIO(data))
    return target


def plain(name: str, data: bytes) -> tuple[tarfile.TarInfo, bytes]:
    return tarfile.TarInfo(name), data


def linked(kind: bytes) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo("events.jsonl")
    info.type, info.linkname = kind, "/etc/passwd"
    return info, b""


HARMS: dict[str, tuple[Callable[[str, bytes], Iterator[tuple[tarfile.TarInfo, bytes]]], str]] = {
    "a name outside": (lambda n, d: iter([plain(n, d), plain("../../evil", b"x")]), "does not belong"),
    "an absolute name": (lambda n, d: iter([plain(n, d), plain("/tmp/evil", b"x")]), "does not belong"),
    "a symbolic link": (lambda n, d: iter([plain(n, d), linked(tarfile.SYMTYPE)]), "no plain file"),
    "a device": (lambda n, d: iter([plain(n, d), linked(tarfile.CHRTYPE)]), "no plain file"),
    "the same twice": (lambda n, d: iter([plain(n, d), plain(n, d)]), "does not belong"),
    "another order": (lambda n, d: iter([plain("points.jsonl", d)] if n == "manifest.json" else []), "does not begin with"),
    "bad json": (lambda n, d: iter([plain(n, b"{" + d[1:].replace(b'"', b"'") if n == "contents.jsonl" else d)]), "line 1"),
    "a changed text": (lambda n, d: iter([plain(n, d.replace(b'"B"', b'"C"'))]), "does not have the digest"),
    "a changed name": (lambda n, d: iter([plain(n, d.replace(b"shop.raw", b"shop.rew"))]), "does not have the digest|damaged"),
    "a lost line": (lambda n, d: iter([plain(n, d[: d.rindex(b"\n", 0, -1) + 1] if n == "points.jsonl" else d)]), "manifest"),
    "a lost file": (lambda n, d: iter([] if n == "sightings.jsonl" else [plain(n, d)]), "lacks sightings.jsonl"),
    "a newer format": (lambda n, d: iter([plain(n, d.replace(b'"version": 1', b'"version": 2'))]), "newer Docent"),
    "another thing": (lambda n, d: iter([plain(n, d.replace(b"docent-export", b"some-export12"))]), "some-export"),
    "deep json": (lambda n, d: iter([plain(n, b"[" * len(d) if n == "manifest.json" else d)]), "cannot be read"),
    "half a character": (lambda n, d: iter([plain(n, d.replace(b'"dbt.json"', b'"\\ud800--"') if n == "points.jsonl" else d)]), "line"),
}  # fmt: skip


@pytest.mark.parametrize("harm", sorted(HARMS))
def test_a_hostile_or_broken_export_takes_nothing_in(
    catalog: Catalog, clock: Clock, local: Callable[..., Catalog], tmp_path: Path, harm: str
) -> None:
    change, says = HARMS[harm]
    source = local()
    fill(source, clock)
    bad = repacked(written(source, tmp_path / "good.tar.gz"), tmp_path / "bad.tar.gz", change)
    catalog.apply([said(RAW, Tags(("before",)))])
    before = rows(catalog, *TRUTH, "current", "assets"), catalog.state_hash()
    with pytest.raises(ExportUnusable, match=says):
        taken(catalog, bad)
    assert (rows(catalog, *TRUTH, "current", "assets"), catalog.state_hash()) == before


def test_every_cut_of_an_archive_is_noticed(local: Callable[..., Catalog], clock: Clock, tmp_path: Path) -> None:
    source, target = local(), local()
    fill(source, clock)
    whole = written(source, tmp_path / "x.tar.gz").read_bytes()
    for length in range(0, len(whole), max(1, len(whole) // 40)):
        (tmp_path / "cut.tar.gz").write_bytes(whole[:length])
        with pytest.raises(ExportUnusable):
            taken(target, tmp_path / "cut.tar.gz")
    assert rows(target, *TRUTH) == {name: [] for name in TRUTH}


def test_a_small_file_that_unpacks_to_gigabytes_is_not_unpacked(local: Callable[..., Catalog], tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.tar.gz"
    info = tarfile.TarInfo("manifest.json")
    info.size = 1 << 33
    with gzip.open(bomb, "wb") as file:
        file.write(info.tobuf(tarfile.GNU_FORMAT))
        for _ in range(64):
            file.write(bytes(1 << 20))
    tracemalloc.start()
    with pytest.raises(ExportUnusable, match="bytes long"):
        taken(local(), bomb)
    assert tracemalloc.get_traced_memory()[1] < 40 << 20
    tracemalloc.stop()


def test_missing_and_foreign_files_say_what_to_do(local: Callable[..., Catalog], tmp_path: Path) -> None:
    (tmp_path / "text.tar.gz").write_text("hello")
    (tmp_path / "empty").mkdir()
    for name, says in (("no.tar.gz", "There is no"), ("text.tar.gz", "cannot be read"), ("empty", "There is no")):
        with pytest.raises(ExportUnusable, match=says):
            taken(local(), tmp_path / name)
