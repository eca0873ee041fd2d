"""Backup while others write: consistent, checked, for its owner only; a damaged one restores nothing."""

from __future__ import annotations

import multiprocessing
import stat
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from catalog_words import said

from catalog.aspects import Documentation, Tags
from catalog.catalog import Catalog
from catalog.errors import BadInput, ExportUnusable
from catalog.portable.backup import backup, inspect, restore

TOML = '[workspace]\nname = "x"\n'


def write_on(pipe: Connection, url: str) -> None:
    """Two assets that always change together, in one transaction; tells when it has begun."""
    catalog = Catalog(url)
    number = 0
    while not pipe.poll():
        value = Documentation(f"number {number}")
        catalog.apply([said(f"urn:li:tag:{name}", value, on=number) for name in ("a", "b")])
        number += 1
        if number == 3:
            pipe.send("writing")
    pipe.send(number)


def test_a_backup_is_consistent_while_another_process_writes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/catalog.db"
    Catalog(url).database.close()
    context = multiprocessing.get_context("spawn")
    pipe, other = context.Pipe()
    writer = context.Process(target=write_on, args=(other, url), daemon=True)
    writer.start()
    try:
        assert pipe.recv() == "writing"
        made = [backup(tmp_path / "catalog.db", tmp_path / f"{n}.tar.gz", "", "1", TOML) for n in range(8)]
        pipe.send("stop")
        assert pipe.recv() > 3
    finally:
        writer.join(30)
    versions = [one.catalog_version for one in made]
    assert versions == sorted(versions)
    assert versions[-1] > versions[0]
    for number, one in enumerate(made):
        target = tmp_path / f"restored{number}" / "catalog.db"
        manifest, config = restore(tmp_path / f"{number}.tar.gz", target)
        assert (manifest, config) == (one, TOML)
        catalog = Catalog(f"sqlite:///{target}")
        view = catalog.view(catalog.scope("urn:li:corpuser:ada"))
        texts = {view.read(f"urn:li:tag:{name}", Documentation) for name in ("a", "b")}
        assert len({held.value for held in texts if held}) == 1
        assert catalog.state_hash() == one.state_hash
        catalog.database.close()


def test_files_are_for_their_owner_and_nothing_is_overwritten(local: Callable[..., Catalog], tmp_path: Path) -> None:
    catalog = local()
    catalog.apply([said("urn:li:tag:a", Tags(("x",)))])
    target = tmp_path / "b.tar.gz"
    backup(tmp_path / "local0.db", target, "", "1", TOML)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with pytest.raises(BadInput, match="there already"):
        backup(tmp_path / "local0.db", target, "", "1", TOML)
    restore(target, tmp_path / "new" / "catalog.db")
    assert stat.S_IMODE((tmp_path / "new" / "catalog.db").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["catalog.db"]


def test_a_damaged_backup_restores_nothing(local: Callable[..., Catalog], tmp_path: Path) -> None:
    catalog = local()
    catalog.apply([said(f"urn:li:tag:{n}", Tags((f"{n}",))) for n in range(200)])
    target = tmp_path / "b.tar.gz"
    backup(tmp_path / "local0.db", target, "", "1", TOML)
    whole = target.read_bytes()
    bad = tmp_path / "bad.tar.gz"
    for at in range(0, len(whole), max(1, len(whole) // 25)):
        for data in (whole[:at], whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :]):
            bad.write_bytes(data)
            place = tmp_path / "empty" / "catalog.db"
            try:
                restore(bad, place)
            except ExportUnusable:
                assert not place.exists()
            else:  # a bit of the gzip header that nothing reads
                assert inspect(place)[2] == catalog.state_hash()
                place.unlink()
