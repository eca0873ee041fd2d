"""The pages keep up with the code: commands, options, keys, connectors, errors, and links between pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import assistant.grounding
import retrieval.errors  # noqa: F401  the errors of every package must be known to be counted
from catalog.errors import DocentError
from docent import settings
from docent.cli import main
from indexer.connectors import CONNECTORS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LINK = re.compile(r"(?<!!)\[[^\]\n]+\]\(([^)\s]+)\)")
EVERY = {"--help"}


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next of its level."""
    begun = text.split(f"\n{heading}\n", 1)
    assert len(begun) == 2, f"no heading '{heading}'"
    return re.split(r"\n## ", begun[1], maxsplit=1)[0]


def commands(group: click.Group = main, path: str = "docent") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def errors(kind: type[DocentError] = DocentError) -> Iterator[type[DocentError]]:
    for one in kind.__subclasses__():
        if one.__module__.split(".")[0] != "tests":
            yield one
            yield from errors(one)


def test_every_command_and_option_is_on_the_page() -> None:
    text = page("cli.md")
    for name, command in commands():
        below = section(text, f"## {name}")
        options = {opt for p in command.params if isinstance(p, click.Option) for opt in p.opts} - EVERY
        assert {opt for opt in options if opt not in below} == set(), name


def test_every_heading_of_a_command_is_a_command() -> None:
    headings = re.findall(r"^## (docent .+)$", page("cli.md"), re.MULTILINE)
    assert set(headings) == {name for name, _ in commands()}


def test_every_error_is_in_the_table_beside_its_exit_code() -> None:
    table = section(page("cli.md"), "## Exit codes")
    rows = {code: row for row in table.splitlines() if (code := row.removeprefix("| ").split(" ")[0]).isdigit()}
    assert assistant.grounding.Ungrounded in set(errors())
    for error in errors():
        assert f"`{error.__name__}`" in rows[str(error.exit_code)], error


def test_every_settings_key_has_a_heading() -> None:
    text = page("configuration.md")
    keys = {f"{table}.{key}" for table, known in settings._KEYS.items() for key in known}
    keys -= {f"precedence.{aspect}" for aspect in settings._KEYS["precedence"]}  # every aspect is a key there
    keys |= {"precedence.aspect"}
    keys |= {f"source.{key}" for key in settings._SOURCE_KEYS}
    assert keys == set(re.findall(r"^### (\w+\.\w+)$", text, re.MULTILINE))


def test_every_environment_variable_read_has_a_heading() -> None:
    text = page("configuration.md")
    code = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docent").rglob("*.py")))
    names = set(re.findall(r"\"((?:DOCENT|SLACK|XDG)_[A-Z_]+|HOME)\"", code))
    assert names == set(re.findall(r"^### ([A-Z_]+)$", text, re.MULTILINE))


@pytest.mark.parametrize("name", sorted(CONNECTORS))
def test_every_connector_has_a_page(name: str) -> None:
    assert f'type = "{name}"' in page(f"sources/{name}.md")


PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), ROOT / "demo" / "README.md"])


@pytest.mark.parametrize("path", PAGES, ids=[str(path.relative_to(ROOT)) for path in PAGES])
def test_links_between_pages_resolve(path: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in LINK.findall(text):
        if not target.startswith(("http://", "https://", "mailto:")):
            file, _, anchor = target.partition("#")
            found = (path.parent / file).resolve() if file else path
            assert found.exists(), f"{path}: {target}"
            if anchor and found.suffix == ".md":
                assert anchor in anchors(found), f"{path}: {target}"


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.casefold()).replace(" ", "-") for heading in headings}
