"""Keeping and giving away: export, import, backup, restore, erase."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docent.options import opened, print_json, workspace_option

if TYPE_CHECKING:
    from docent.app import Docent


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--answers", is_flag=True, help="Also what people asked and were told.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@workspace_option
@opened
def export(docent: Docent, file: Path, answers: bool, as_json: bool) -> None:
    """Write the whole catalog as open files: a .tar.gz, or a folder."""
    from docent.keeping import export as run

    manifest = run(docent, file, answers)
    rows = {name: facts.rows for name, facts in manifest.files.items() if name.endswith(".jsonl")}
    if as_json:
        print_json({"path": str(file), "state_hash": manifest.state_hash, "rows": rows})
        return
    for name, count in rows.items():
        click.echo(f"{count:>10,}  {name}")
    click.echo(f"Exported to {file}, state hash {manifest.state_hash}.")


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@workspace_option
@opened
def import_(docent: Docent, file: Path, as_json: bool) -> None:
    """Load an export into this workspace's catalog, all or nothing."""
    from docent.keeping import import_ as run

    loaded = run(docent, file)
    if as_json:
        print_json({"state_hash": loaded.state_hash, "read": loaded.read, "new": loaded.new})
        return
    for name, count in loaded.read.items():
        click.echo(f"{count:>10,}  {name}, {loaded.new[name]:,} new")
    click.echo(f"Imported; state hash {loaded.state_hash}. Next: docent index")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@workspace_option
@opened
def backup(docent: Docent, file: Path, as_json: bool) -> None:
    """Copy the catalog into FILE (.tar.gz) while it is in use."""
    from docent.keeping import backup as run

    kept = run(docent, file)
    if as_json:
        print_json(vars(kept) | {"path": str(kept.path)})
        return
    click.echo(f"Backed up to {file}: {kept.bytes:,} bytes, version {kept.catalog_version:,}, checked.")
    click.echo(f"State hash {kept.state_hash}.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="Folder of the workspace.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@workspace_option
def restore(file: Path, folder: Path | None, as_json: bool, workspace: str) -> None:
    """Put a backup into a workspace whose catalog is empty."""
    from docent.keeping import restore as run
    from docent.settings import find_root

    kept = run(file, folder if folder is not None else find_root(Path(workspace)))
    if as_json:
        print_json(vars(kept) | {"path": str(kept.path)})
        return
    click.echo(f"Restored {kept.path}: version {kept.catalog_version:,}, checked.")
    click.echo(f"State hash {kept.state_hash}. Next: docent index")


@click.command()
@click.argument("name", nargs=-1, required=True)
@click.option("--dry-run", is_flag=True, help="Say what would go; change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--reason", default="", metavar="TEXT", help="Kept with the proof; name nobody in it.")
@click.option("--lift", is_flag=True, help="Let what is observed of an erased URN from now on in again.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@workspace_option
@opened
def erase(
    docent: Docent, name: tuple[str, ...], dry_run: bool, yes: bool, reason: str, lift: bool, as_json: bool
) -> None:
    """Erase a person, asset or column (URN, name, e-mail), or answer:ID, conversation:ID, from every file."""
    from catalog.errors import BadInput
    from docent import erasing
    from docent.erase_report import print_found, print_report, to_json

    if lift:
        _lift(docent, name)
        return
    found = erasing.find(docent, name)
    if not as_json or dry_run:
        print_found(found, erasing.dry_run(docent, found), as_json)
    if dry_run:
        return
    if not yes and not (sys.stdin.isatty() and not as_json):
        raise BadInput("Erasing cannot be undone. Run it with --yes, or with --dry-run to see what would go.")
    if not yes:
        click.confirm("Erase this for good?", abort=True)
    report = erasing.run(docent, found, reason)
    if as_json:
        print_json(to_json(report))
    else:
        print_report(report)
    if report.residues or report.notes:
        sys.exit(1)


def _lift(docent: Docent, urns: tuple[str, ...]) -> None:
    from catalog.database import micros
    from catalog.erase.act import lift

    for urn in urns:
        lift(docent.catalog.database, urn, micros(docent.catalog.clock()))
        click.echo(f"Lifted: what is observed of {urn} from now on comes in again. What was erased stays erased.")
