"""The demo and the doors: demo, ui, slack."""

from __future__ import annotations

from pathlib import Path

import click

from docent.options import workspace_option


@click.command()
@click.argument("folder", type=click.Path(file_okay=False), default="docent-demo")
@click.option("--quiet", is_flag=True, help="Only make and index it.")
def demo(folder: str, quiet: bool) -> None:
    """Make the demo company in FOLDER, index it and ask it five questions."""
    from docent.demonstration import run_demo

    run_demo(Path(folder), quiet)


@click.command()
@click.option("--port", default=8501, show_default=True)
@workspace_option
def ui(workspace: str, port: int) -> None:
    """Open the chat in a browser (needs the extra 'ui')."""
    from docent.doors import run_ui

    run_ui(Path(workspace), port)


@click.command()
@click.argument("what", type=click.Choice(["run", "manifest"]), default="run")
@workspace_option
def slack(workspace: str, what: str) -> None:
    """Run the Slack bot, or print the manifest to make its app from (needs the extra 'slack')."""
    from docent.doors import print_manifest, run_slack

    if what == "manifest":
        print_manifest()
    else:
        run_slack(Path(workspace))
