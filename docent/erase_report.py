"""An erasure as people and programs read it: what would go, what went, and the proof."""

from __future__ import annotations

from typing import Any

import click

from docent.erasing import EraseReport, Found
from docent.options import print_json

_SHOWN = 20


def print_found(found: Found, counts: dict[str, int], as_json: bool) -> None:
    """What the names mean and how much would go."""
    if as_json:
        named = [{"kind": v.kind, "key": v.key, "urns": sorted(v.urns)} for v in found.victims]
        print_json({"found": named, "counts": counts})
        return
    for victim in found.victims:
        click.echo(f"{victim.kind}: {victim.key}")
        for urn in sorted(victim.urns - {victim.key}):
            click.echo(f"  also {urn}")
        names = sorted({*victim.names.people, *victim.names.identifiers})
        if names:
            click.echo(f"  taken out of other records as: {', '.join(names[:_SHOWN])}")
    click.echo("  " + (", ".join(f"{count:,} {name}" for name, count in counts.items()) or "nothing is held"))


def print_report(report: EraseReport) -> None:
    """What went, what was read to prove it, and what is not Docent's to clean."""
    done = ", ".join(f"{count:,} {name}" for name, count in report.counts.items()) or "nothing was held"
    click.echo(f"Erased: {done}.")
    proof = report.proof
    click.echo(
        f"Proof: {proof.files:,} files ({proof.bytes:,} bytes) and every row read for {report.strings:,} strings and "
        f"{report.vectors:,} vectors: {report.residues:,} found."
    )
    for residue in proof.residues[:_SHOWN]:
        click.echo(f"  {residue.path} at byte {residue.offset}: {residue.form}", err=True)
    for note in report.notes:
        click.echo(f"  ! {note}", err=True)
    for copy in report.copies:
        click.echo(f"  ! The {copy.kind} of {copy.made_at} still holds it: {copy.path}. Delete it, or make it anew.")
    for source in report.sources:
        click.echo(f"  ! Your source file {source} still names it. It stays out of the catalog all the same.")
    click.echo(f"Record: docent cite '{report.record}'")


def to_json(report: EraseReport) -> dict[str, Any]:
    """The report for programs."""
    return {
        "erased": report.kinds,
        "counts": report.counts,
        "proof": {
            "files": report.proof.files,
            "bytes": report.proof.bytes,
            "strings": report.strings,
            "vectors": report.vectors,
            "residues": report.residues,
            "found": [
                {"path": str(r.path), "offset": r.offset, "form": r.form} for r in report.proof.residues[:_SHOWN]
            ],
        },
        "copies": [vars(copy) for copy in report.copies],
        "sources": list(report.sources),
        "notes": list(report.notes),
        "record": report.record,
    }
