"""The audit: list, verify, export; and replaying an answer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docent.options import opened, print_json, time_of, workspace_option

if TYPE_CHECKING:
    from docent.app import Docent

_AS = click.option("--as", "viewer", default=None, metavar="VIEWER", help="Who reads the audit.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


@click.group()
def audit() -> None:
    """Who asked, saw, wrote and decided what; and whether that record is whole."""


@audit.command("list")
@click.option("--who", default="", metavar="VIEWER", help="Only what this person asked and was shown.")
@click.option("--asset", default="", metavar="NAME", help="Only where this asset was shown: its name or URN.")
@click.option("--since", default=None, metavar="TIME", help="Only from this time on: 2026-03-01.")
@click.option("--kind", "kinds", multiple=True, help="Only this kind: answer, denial, cite, search, write, run, ...")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1))
@_AS
@_JSON
@workspace_option
@opened
def list_(
    docent: Docent,
    who: str,
    asset: str,
    since: str | None,
    kinds: tuple[str, ...],
    limit: int,
    viewer: str | None,
    as_json: bool,
) -> None:
    """Rows of the audit, newest first."""
    from catalog.audit.reading import Wanted, read_audit
    from docent.audit_printing import asset_urn, print_rows, row_json
    from docent.settings import viewer_urn

    viewers = docent.viewers(viewer)
    named = asset_urn(docent, asset, viewers) if asset else ""
    wanted = Wanted(viewer_urn(who) if who else "", named, time_of(since), kinds, limit)
    shown = read_audit(docent.catalog, viewers, wanted)
    if as_json:
        print_json([row_json(one) for one in shown])
    else:
        print_rows(docent, shown, viewers)


@audit.command()
@click.option("--against", type=click.Path(exists=True, dir_okay=False), help="An earlier export to compare with.")
@_JSON
@workspace_option
@opened
def verify(docent: Docent, against: str | None, as_json: bool) -> None:
    """Check every row, chain and effect; exit 1 with the first broken place named."""
    from catalog.audit.effects import verify as verify_
    from catalog.audit.export import check_lines, compare
    from docent.audit_printing import print_verdict, verdict_json

    with docent.catalog.database.reading() as connection:
        verdict = verify_(connection)
        breaks = list(verdict.breaks)
        if against:
            lines = Path(against).read_text(encoding="utf-8").splitlines()
            breaks += [*check_lines(lines).breaks, *compare(connection, lines)]
    if as_json:
        print_json(verdict_json(verdict, breaks))
    else:
        print_verdict(verdict, breaks)
    if breaks:
        sys.exit(1)


@audit.command()
@click.argument("file", type=click.Path(dir_okay=False))
@_AS
@workspace_option
@opened
def export(docent: Docent, file: str, viewer: str | None) -> None:
    """Write the audit to FILE as JSON lines that can be checked without this workspace."""
    from catalog.audit.export import export_audit

    count, withheld = export_audit(docent.catalog, docent.viewers(viewer), Path(file))
    kept = f"; the payloads of {withheld:,} name what you may not see and were left out" if withheld else ""
    click.echo(f"Wrote {count:,} rows to {file}{kept}.")


@click.command()
@click.argument("answer_id")
@click.option("--as", "viewer", default=None, metavar="VIEWER", help="Who replays it: its asker, or an auditor.")
@_JSON
@workspace_option
@opened
def replay(docent: Docent, answer_id: str, viewer: str | None, as_json: bool) -> None:
    """Ask again what was asked then, as the catalog was known then, and compare."""
    from docent.audit_printing import print_replay

    found = docent.replay(answer_id, viewer)
    if as_json:
        print_json(found.to_json())
    else:
        print_replay(found)
