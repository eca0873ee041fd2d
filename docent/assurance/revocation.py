"""Revoking and granting from another process: the next request already follows, whatever is cached in this one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

from catalog.aspects import AccessRule, Policy
from catalog.catalog import Catalog
from catalog.change import Change, Origin
from docent.app import Docent
from docent.assurance.checks import Count, said_by
from docent.assurance.world import World

VIEWER = "urn:li:corpuser:person0"


def decree(catalog: Catalog, patterns: list[str]) -> None:
    """Deny the viewer these assets, and nothing else."""
    rules = (AccessRule("deny", "discover", who=(VIEWER,), assets=tuple(patterns)),) if patterns else ()
    catalog.apply([Change("urn:li:policy:decree", Policy(access=rules), Origin("files"))])


def serve_decrees(url: str) -> None:
    """The other process: a line of JSON in, a policy applied, a line out."""
    catalog = Catalog(url)
    for line in sys.stdin:
        decree(catalog, json.loads(line))
        sys.stdout.write("done\n")
        sys.stdout.flush()


def revoked(docent: Docent, world: World, times: int) -> Count:
    """Deny and allow one asset after the other from another process; count answers that lag behind."""
    code = f"from docent.assurance.revocation import serve_decrees; serve_decrees({docent.settings.catalog_url!r})"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], text=True, bufsize=1, stdin=pipe, stdout=pipe) as other:
        return _follow(docent, world, times, lambda patterns: _order(other, patterns))


def _order(other: subprocess.Popen[str], patterns: list[str]) -> None:
    if other.stdin is None or other.stdout is None:
        raise RuntimeError("The process that changes the policies has no pipes.")
    other.stdin.write(json.dumps(patterns) + "\n")
    other.stdin.flush()
    if other.stdout.readline() != "done\n":
        raise RuntimeError("The process that changes the policies has ended.")


def _follow(docent: Docent, world: World, times: int, order: Callable[[list[str]], None]) -> Count:
    count, assets = Count(), [one for one in world.assets.values() if one.kind == "table"]
    open_now = [one for one in assets if docent.catalog.view(docent.catalog.scope(VIEWER)).readable(one.urn)]
    for number in range(times):
        asset = open_now[number % len(open_now)]
        for patterns, wanted in (([asset.urn], False), ([], True)):
            order(patterns)
            count.checked += 1
            told = asset.mark in said_by(docent, "describe", asset.qualified, VIEWER)[1]
            found = asset.urn in {one.urn for one in docent.search(asset.mark, VIEWER).results}
            if told is not wanted or found is not wanted:
                count.note("refusals" if wanted else "leaks", f"{asset.urn}: told {told}, found {found}, not {wanted}")
    return count
