"""Hostile and careless files: every one ends in a value or in an error that names file, line and remedy."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from catalog.errors import DocentError, RecordInvalid, SourceUnreadable
from indexer.safe_load import (
    MAX_DEPTH,
    Document,
    Fields,
    Items,
    Scalar,
    files_under,
    inside,
    parse_json,
    parse_yaml,
    plain,
    read_json,
    read_text,
    read_yaml,
)


def yaml_value(text: str) -> object:
    return plain(parse_yaml(text, "t.yaml").root)


def test_yaml_gives_plain_values_and_the_line_of_every_key_and_item() -> None:
    root = parse_yaml("a: 1\nb:\n  - x\n  - y: [2.5, true, null]\n", "t.yaml").root
    assert plain(root) == {"a": 1, "b": ["x", {"y": [2.5, True, None]}]}
    assert isinstance(root, Fields)
    assert root.lines == {"a": 1, "b": 2}
    items = root.fields["b"]
    assert isinstance(items, Items)
    assert [item.line for item in items.items] == [3, 4]


def test_yaml_words_that_older_parsers_turn_into_booleans_and_numbers_stay_text() -> None:
    assert yaml_value("country: NO\non: yes\ntime: 12:30\nday: 2026-03-01") == {
        "country": "NO",
        "on": "yes",
        "time": "12:30",
        "day": "2026-03-01",
    }


def test_yaml_keeps_what_was_written_beside_the_value() -> None:
    root = parse_yaml("version: 1.10", "t.yaml").root
    assert isinstance(root, Fields)
    assert root.fields["version"] == Scalar(1.1, "1.10", 1)


def test_yaml_quoted_values_are_text() -> None:
    assert yaml_value("a: '5'\nb: \"true\"\nc: !!str 7\nd: |\n  null\n") == {
        "a": "5",
        "b": "true",
        "c": "7",
        "d": "null\n",
    }


def test_yaml_merge_keys_fill_in_what_is_absent() -> None:
    text = "d: &d {x: 1, y: 2}\na: {<<: *d, y: 3}\nb: {<<: [*d, {z: 4}]}"
    assert yaml_value(text) == {"d": {"x": 1, "y": 2}, "a": {"x": 1, "y": 3}, "b": {"x": 1, "y": 2, "z": 4}}


def test_yaml_doubled_keys_are_reported_with_both_lines_and_the_first_is_kept() -> None:
    document = parse_yaml("a: 1\nb: 2\na: 3\n", "t.yaml")
    assert plain(document.root) == {"a": 1, "b": 2}
    assert document.problems == ((3, "the key 'a' stands twice here, first on line 1"),)


def test_yaml_empty_file_is_a_null_document() -> None:
    assert parse_yaml("# nothing\n", "t.yaml") == Document(Scalar(None, "", 1))


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join(['*' + old] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BOMB, "aliases expanded"),
        ("[" * 40_000, "levels deep"),
        ("- " * 40_000 + "x", "levels deep"),
        ("? " * 40_000 + "x", "levels deep"),
        ("\n".join(" " * depth + "a:" for depth in range(400)), "levels deep"),
        ("a: &a [*a]", "no anchor before it"),
        ("a: *missing", "no anchor before it"),
        ("a: !!python/object/apply:os.system ['true']", "tag"),
        ("a: !secret x", "tag"),
        ("? [1, 2]\n: x", "a key that is a list"),
        ("a: 1\n b: 2", "line 2"),
        ("a: [1, 2", "not YAML"),
        ("a: 'open", "not YAML"),
        ('a: "\\ud800"', "Unicode"),
        ("a: 1\n---\nb: 2", "line 2: a second document"),
        ("<<: 5", "'<<' takes a mapping"),
        ("a:\n\t- b", "line 2"),
        ("%YAML 9.9\n---\na", "not YAML"),
    ],
)
def test_yaml_that_is_hostile_or_broken_ends_in_an_error_with_its_place(text: str, says: str) -> None:
    with pytest.raises(RecordInvalid, match=r"^'t.yaml', line \d+: ") as raised:
        parse_yaml(text, "t.yaml")
    assert says in str(raised.value)
    assert raised.value.locator == "t.yaml"


def test_yaml_depth_below_the_bound_is_read() -> None:
    assert yaml_value("[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)) is not None


def test_yaml_line_numbers_count_from_where_the_text_begins_in_its_file() -> None:
    with pytest.raises(RecordInvalid, match="line 11"):
        parse_yaml("a: 1\n b: 2", "t.md", first_line=10)


def test_control_characters_and_half_surrogates_become_replacement_characters(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_bytes(b'a: "x\x00y"\nc: "\\0"\nd: \x1b[0m\n')
    held = plain(read_yaml(tmp_path / "t.yaml").root)
    assert held == {"a": "x\ufffdy", "c": "\ufffd", "d": "\ufffd[0m"}
    assert parse_json('{"k\\u0000": ["\\ud800", "\\ud83d\\ude00"]}', "t") == {"k\ufffd": ["\ufffd", "😀"]}


def test_one_line_of_a_megabyte_is_read() -> None:
    assert yaml_value("a: " + "x" * 1_000_000) == {"a": "x" * 1_000_000}


def test_a_number_of_ten_thousand_digits_is_text_in_yaml_and_an_error_in_json() -> None:
    assert yaml_value("a: " + "9" * 10_000) == {"a": "9" * 10_000}
    with pytest.raises(RecordInvalid, match="too many digits"):
        parse_json("9" * 10_000, "t.json")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[" * 100_000, "levels deep"),
        ("[" * 500 + "]" * 500, "levels deep"),
        ('{"a": 1, "a": 2}', "'a' stands twice"),
        ("[NaN]", "NaN"),
        ("[-Infinity]", "-Infinity"),
        ("[1e999]", "too large"),
        ('{"a": 1,\n "b" 2}', "line 2, column 6"),
        ("", "line 1"),
    ],
)
def test_json_that_is_hostile_or_broken_ends_in_an_error(text: str, says: str) -> None:
    with pytest.raises(RecordInvalid, match=r"^'t.json'") as raised:
        parse_json(text, "t.json")
    assert says in str(raised.value)


def test_json_files_are_read_with_and_without_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        path.write_text(json.dumps({"name": "Größe"}, ensure_ascii=False), encoding=encoding)
        assert read_json(path) == {"name": "Größe"}


def test_unusable_files_say_what_and_where(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"a: 1\nb: caf\xe9\n")
    with pytest.raises(SourceUnreadable, match=r"latin.yaml', line 2: byte 0xe9 is not UTF-8"):
        read_yaml(latin)
    with pytest.raises(SourceUnreadable, match="No such file"):
        read_json(tmp_path / "missing.json")
    with pytest.raises(SourceUnreadable, match="Is a directory"):
        read_text(tmp_path)
    with pytest.raises(SourceUnreadable, match="at most 5 are read"):
        read_text(latin, max_bytes=5)
    with pytest.raises(SourceUnreadable, match="not a path"):
        read_text(tmp_path / "a\x00b")
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(SourceUnreadable, match="not a regular file"):
        read_json(tmp_path / "pipe.json")


def test_paths_that_lead_outside_are_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret.md").write_text("secret")
    (root / "link.md").symlink_to(tmp_path / "secret.md")
    (root / "loop.md").symlink_to(root / "loop.md")
    for name in ("../secret.md", str(tmp_path / "secret.md"), "link.md", "a\x00b"):
        with pytest.raises(SourceUnreadable):
            inside(root, name)
    assert inside(root, "models/a.sql") == root / "models/a.sql"


def test_a_folder_walk_is_sorted_passes_over_hidden_files_and_reports_links_out(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name in ("b/x.yaml", "a/x.YML", "a/.hidden.yaml", ".git/x.yaml", "a/x.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    (tmp_path / "out.yaml").write_text("")
    (root / "c.yaml").symlink_to(tmp_path / "out.yaml")
    (root / "d.yaml").symlink_to(root / "b" / "x.yaml")
    (root / "e").symlink_to(tmp_path)
    found = list(files_under(root, (".yaml", ".yml")))
    assert [path for path in found if isinstance(path, Path)] == [root / "d.yaml", root / "a/x.YML", root / "b/x.yaml"]
    errors = [str(error) for error in found if isinstance(error, DocentError)]
    assert len(errors) == 2
    assert "link to a folder" in errors[0]
    assert "leads outside" in errors[1]
