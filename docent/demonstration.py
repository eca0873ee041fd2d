"""The demo: a copy of the demo company as a workspace, indexed, and five questions asked of it."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path

import click

from catalog.errors import ConfigInvalid
from docent.settings import FILE_NAME

QUESTIONS = (
    "where do we keep churn?",
    "who owns fct_invoices?",
    "what does active customer mean?",
    "where does the board dashboard come from?",
    "can I trust fct_invoices?",
)
_MARK = ".docent-demo"


def run_demo(folder: Path, quiet: bool = False) -> None:
    """Make or refresh the demo workspace in `folder`, index it and ask. Raises ConfigInvalid for a foreign folder."""
    copy_demo(folder)
    from docent.app import Docent
    from docent.indexing import index_with_progress
    from docent.printing import print_answer

    with Docent.open(folder, door="cli") as docent:
        click.echo(f"The demo company is in {folder}/ . Indexing it:\n")
        index_with_progress(docent, None, allow_removal=True, prepare_model=True)
        if quiet:
            return
        for question in QUESTIONS:
            click.echo("\n" + click.style(f'$ docent ask "{question}"', fg="cyan", bold=True))
            print_answer(docent.ask(question))
    click.echo(
        f'Go on:\n  cd {folder}\n  docent ask "which dashboard shows recognised revenue?"\n  docent chat\n'
        "  docent ui            the same in a browser\n  docent status\n"
        "Your own data: docs/quickstart.md\n"
    )


def copy_demo(folder: Path) -> None:
    """Copy the company's files into `folder`, over an earlier copy of them only."""
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
        raise ConfigInvalid(f"{folder} is not empty and not a demo of ours. Name another folder: docent demo FOLDER")
    with as_file(files("demo")) as source:
        if (folder / "company").exists():
            shutil.rmtree(folder / "company")
        shutil.copytree(source / "company", folder / "company")
        shutil.copyfile(source / FILE_NAME, folder / FILE_NAME)
    (folder / _MARK).touch()
