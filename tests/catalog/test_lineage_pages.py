"""Names, pages with cursors, and the saved form of the lineage graph."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalog.errors import BadInput, IndexUnusable, NotFound
from catalog.lineage import (
    EVERYTHING,
    Graph,
    Lens,
    Names,
    Question,
    build,
    edges,
    load,
    pack_names,
    repacked,
    save,
    walk,
    walk_page,
)


def world(count: int = 30) -> tuple[Graph, Names]:
    """An asset `a` that feeds `t00` .. , of which the first feeds `z`."""
    names = pack_names(["a", "z", *(f"t{at:02d}" for at in range(count))])
    targets = [names.node(f"t{at:02d}") for at in range(count)]
    source = [names.node("a")] * count + [targets[0]]
    return build(len(names), edges(source, [*targets, names.node("z")], 0, range(1, count + 2))), names


def all_pages(graph: Graph, names: Names, question: Question, limit: int, lens: Lens = EVERYTHING) -> list[str]:
    found, cursor = [], None
    while True:
        page = walk_page(graph, names, question, lens, limit=limit, cursor=cursor)
        assert not page.moved
        found += [item.urn for item in page.items]
        cursor = page.cursor
        if cursor is None:
            assert page.complete
            return found


def test_names_are_numbered_in_order_and_found_again() -> None:
    names = pack_names(["b", "ä", "a", "a", "", "😀", "\ud800"])
    listed = names.urns(np.arange(len(names)))
    assert listed == sorted({"b", "ä", "a", "", "😀", "\ud800"})
    assert [names.find(urn) for urn in listed] == list(range(6))
    assert names.find("aa") is None
    assert len(pack_names([])) == 0
    with pytest.raises(NotFound, match="'aa'"):
        names.node("aa")
    for outside in (-1, 6):
        with pytest.raises(IndexError):
            names.urn(outside)


def test_later_names_are_numbered_on_and_ranked_among_the_others() -> None:
    names = pack_names(["b", "d"]).with_more(["c", "a", "d"]).with_more(["e", "c"])
    assert names.urns(np.arange(5)) == ["b", "d", "a", "c", "e"]
    rank = names.rank()
    assert rank is not None
    assert rank.tolist() == [1, 3, 0, 2, 4]
    assert [names.rank_of(urn) for urn in ("", "a", "aa", "b", "c", "cc", "e", "f")] == [-1, 0, 0, 1, 2, 2, 4, 4]
    assert names.find("e") == 4


def test_repacking_renumbers_names_and_edges_together() -> None:
    graph, names = build(2, edges([0], [1], 0, 5)), pack_names(["b", "d"]).with_more(["c"])
    graph = graph.applied(added=edges([1], [2], 0, 6), nodes=3)
    whole, numbered = repacked(graph, names)
    assert numbered.urns(np.arange(3)) == ["b", "c", "d"]
    every = whole.every_edge()
    assert (every.source.tolist(), every.target.tolist(), every.key.tolist()) == ([0, 2], [2, 1], [5, 6])


@pytest.mark.parametrize("limit", [1, 7, 30, 31, 100])
def test_pages_yield_everything_once_by_hops_then_urn(limit: int) -> None:
    graph, names = world()
    found = all_pages(graph, names, Question(("a",), "down"), limit)
    assert found == [*(f"t{at:02d}" for at in range(30)), "z"]


def test_later_names_take_their_place_within_the_pages() -> None:
    graph, names = world(3)
    names = names.with_more(["t00x", "b"])
    added = edges([names.node("a")] * 2, [names.node("t00x"), names.node("b")])
    graph = graph.applied(added=added, nodes=len(names))
    assert all_pages(graph, names, Question(("a",), "down"), 2) == ["b", "t00", "t00x", "t01", "t02", "z"]


def test_a_hidden_asset_leaves_no_trace_in_pages_or_cursors() -> None:
    graph, names = world(5)
    visible = np.ones(len(names), np.bool_)
    visible[names.node("t02")] = False
    fewer = pack_names(["a", "t00", "t01", "t03", "t04", "z"])
    plain = build(6, edges([0, 0, 0, 0, 1], [1, 2, 3, 4, 5]))
    question = Question(("a",), "down")
    seen = walk_page(graph, names, question, Lens(visible), limit=2)
    without = walk_page(plain, fewer, question, limit=2)
    assert (seen.items, seen.total, seen.cut) == (without.items, without.total, without.cut)
    assert seen.cursor == without.cursor is not None
    assert walk_page(graph, names, Question(("t02",), "up"), Lens(visible)).items == ()
    assert walk_page(plain, fewer, Question(("t02",), "up")).items == ()


def test_a_page_after_a_change_goes_on_and_says_so() -> None:
    graph, names = world(4)
    question = Question(("a",), "down")
    first = walk_page(graph, names, question, limit=2)
    less = graph.applied(removed=edges([names.node("a")], [names.node("t03")]))
    then = walk_page(less, names, question, limit=9, cursor=first.cursor)
    assert [item.urn for item in then.items] == ["t02", "z"]
    assert then.moved


def test_a_cursor_of_another_question_or_a_damaged_one_is_refused() -> None:
    graph, names = world(4)
    question = Question(("a",), "down", about="kind=table")
    cursor = walk_page(graph, names, question, limit=1).cursor
    assert cursor is not None
    for other in (replace(question, direction="up"), replace(question, about=""), replace(question, max_hops=3)):
        with pytest.raises(BadInput, match="another question"):
            walk_page(graph, names, other, cursor=cursor)
    forged = [[question.digest, "1", "t00", 0], {"a": 1}, 7, [1], None, [question.digest, 1, 2, 3]]
    texts = ["", "!!", "ä", cursor[:-3], *(base64.urlsafe_b64encode(json.dumps(f).encode()).decode() for f in forged)]
    for text in texts:
        with pytest.raises(BadInput, match="damaged"):
            walk_page(graph, names, question, cursor=text)


@pytest.mark.parametrize(("hops", "left"), [(-5, 5), (0, 5), (1, 3), (2, 0), (9, 0), (10**30, 0)])
def test_a_made_up_position_is_only_a_position(hops: int, left: int) -> None:
    graph, names = world(4)
    question = Question(("a",), "down")
    words = json.dumps([question.digest, hops, "t01zzz" if hops == 1 else "zz", 0])
    cursor = base64.urlsafe_b64encode(words.encode()).decode()
    assert walk_page(graph, names, question, cursor=cursor).returned == left


def test_a_saved_graph_reads_back_the_same(tmp_path: Path) -> None:
    graph, names = world()
    graph = graph.applied(removed=edges([names.node("t00")], [names.node("z")]), stamp=12)
    for _ in range(2):  # the second time over the first
        save(tmp_path / "deep" / "graph", graph, names)
    again, read = load(tmp_path / "deep" / "graph")
    assert (again.nodes, again.size, again.stamp) == (graph.nodes, 30, 12)
    assert again.every_edge().key.tolist() == graph.every_edge().key.tolist()
    assert all_pages(again, read, Question(("a",), "down"), 4) == [f"t{at:02d}" for at in range(30)]
    assert walk(again.applied(added=edges([0], [0])), 0, "down").total == 30
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["graph"]


def test_an_empty_graph_is_saved_and_read(tmp_path: Path) -> None:
    save(tmp_path / "graph", build(0, edges([], [])), pack_names([]))
    graph, names = load(tmp_path / "graph")
    assert (graph.nodes, graph.size, len(names)) == (0, 0, 0)


def test_names_that_do_not_number_the_graph_are_not_saved(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot number"):
        save(tmp_path / "graph", build(2, edges([], [])), pack_names(["a"]))


def damage_format(folder: Path) -> None:
    (folder / "graph.json").write_text('{"format": 99, "nodes": 6, "edges": 5, "stamp": 0}')


def damage_target(folder: Path) -> None:
    np.save(folder / "down_adj.npy", np.full(5, 77, np.int32))


def damage_type(folder: Path) -> None:
    np.save(folder / "up_adj.npy", np.zeros(5, np.float64))


def damage_rows(folder: Path) -> None:
    np.save(folder / "up_ptr.npy", np.array([0, 4, 1, 2, 3, 4, 5], np.int32))


def damage_length(folder: Path) -> None:
    np.save(folder / "keys.npy", np.zeros(2, np.int32))


def damage_names(folder: Path) -> None:
    np.save(folder / "text.npy", np.zeros(2, np.uint8))


def damage_cut(folder: Path) -> None:
    path = folder / "down_adj.npy"
    path.write_bytes(path.read_bytes()[:-3])


def damage_missing(folder: Path) -> None:
    (folder / "up_label.npy").unlink()


def damage_about(folder: Path) -> None:
    (folder / "graph.json").write_text("[]")


@pytest.mark.parametrize(
    "damage",
    [
        damage_format,
        damage_target,
        damage_type,
        damage_rows,
        damage_length,
        damage_names,
        damage_cut,
        damage_missing,
        damage_about,
    ],
)
def test_a_damaged_or_foreign_folder_is_unusable(tmp_path: Path, damage) -> None:  # type: ignore[no-untyped-def]
    graph, names = world(4)
    save(tmp_path / "graph", graph, names)
    damage(tmp_path / "graph")
    with pytest.raises(IndexUnusable, match="Rebuild"):
        load(tmp_path / "graph")
