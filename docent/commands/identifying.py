"""Identity: which URNs are one asset, and correcting it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from docent.options import opened, print_json, workspace_option

if TYPE_CHECKING:
    from catalog.identity.correct import Action
    from docent.app import Docent


class _ShowByDefault(click.Group):
    """A group whose first word may be a name: then it is shown."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["show", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=_ShowByDefault)
def identity() -> None:
    """Which URNs are one asset: NAME shows it; join, split and undo correct it."""


_viewer = click.option("--as", "viewer", default=None, metavar="VIEWER", help="Who asks: a person's id or URN.")


@identity.command("show")
@click.argument("name", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@_viewer
@workspace_option
@opened
def show(docent: Docent, name: tuple[str, ...], as_json: bool, viewer: str | None) -> None:
    """The members of an asset, by which rule each belongs to it, and what may be the same."""
    from assistant.stewarding import identity_of
    from catalog.codec import to_json

    shown = identity_of(docent.catalog, docent.viewers(viewer), " ".join(name))
    if as_json:
        print_json(to_json(shown))
        return
    from docent.printing import identity_text

    click.echo(identity_text(shown))


def _correcting(action: Action, help_: str, done: str) -> click.Command:
    @identity.command(action, help=help_)
    @click.argument("a")
    @click.argument("b")
    @_viewer
    @workspace_option
    @opened
    def run(docent: Docent, a: str, b: str, viewer: str | None) -> None:
        from assistant.stewarding import correct_identity, identity_of
        from docent.printing import identity_text

        correct_identity(docent.catalog, docent.viewers(viewer), action, (a, b))
        click.echo(done)
        click.echo(identity_text(identity_of(docent.catalog, docent.viewers(viewer), a)))

    return run


_correcting("join", "Say that A and B are one asset.", "Joined. Take it back with 'docent identity undo'.")
_correcting("split", "Say that A and B are two; no rule joins them again.", "Split. 'docent identity undo' undoes it.")
_correcting("undo", "Take back what was said of A and B by hand; the rules decide again.", "Undone.")
