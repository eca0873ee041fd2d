"""Access: policies shown, tried and changed; access asked for and granted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from docent.options import opened, print_json, time_of, workspace_option

if TYPE_CHECKING:
    from catalog.requests import AccessDesk
    from docent.app import Docent

_SELECTORS = ("who", "unless", "kinds", "platforms", "domains", "tags", "classes", "assets", "columns")


def _by(function: Any) -> Any:
    """--as and --workspace."""
    function = click.option("--as", "viewer", default=None, metavar="VIEWER", help="Who asks or decides.")(function)
    return workspace_option(function)


def _desk(docent: Docent) -> AccessDesk:
    from catalog.requests import AccessDesk

    return AccessDesk(docent.catalog, docent.clock)


def _who(docent: Docent, viewer: str | None) -> str:
    return docent.viewers(viewer)[0]


def _urn(docent: Docent, name: str, viewer: str) -> str:
    """The asset a person means: a URN, or a whole name that one asset they may discover has."""
    if name.startswith("urn:"):
        return name
    view = docent.catalog.view(docent.catalog.scope(viewer))
    wanted = name.casefold()
    found = view.assets(where=lambda row: wanted in (row.name.casefold(), row.qualified_name.casefold()))
    return found[0].urn if len(found) == 1 else name


def _named(text: str) -> str:
    """Whom a rule speaks of, as rules write it."""
    from docent.settings import viewer_urn

    return text if text == "everyone" or text.startswith("role:") else viewer_urn(text)


@click.group()
def policy() -> None:
    """Policies: who may discover, read or change what."""


@policy.command("list")
@_by
@opened
def list_(docent: Docent, viewer: str | None) -> None:
    """The policies you may change."""
    for one in _desk(docent).policies(_who(docent, viewer)):
        click.echo(f"{one.name}  {one.source}  {len(one.rules)} rules of access  {one.urn}")


@policy.command()
@click.argument("name")
@_by
@opened
def show(docent: Docent, name: str, viewer: str | None) -> None:
    """One policy with its rules, as JSON."""
    from catalog.codec import to_json
    from catalog.errors import NotFound

    every = _desk(docent).policies(_who(docent, viewer))
    found = [one for one in every if name in (one.urn, one.name, one.urn.rsplit(":", 1)[-1])]
    if not found:
        raise NotFound(f"No policy that you may change is called '{name}'. See: docent policy list.")
    for one in found:
        print_json({"policy": one.urn, "source": one.source, "access": [to_json(rule) for rule in one.rules]})


@policy.command()
@click.argument("name")
@_by
@opened
def test(docent: Docent, name: str, viewer: str | None) -> None:
    """What VIEWER may do with an asset, and which rule decides. Asked by the workspace's default viewer."""
    from catalog.codec import to_json

    by = _who(docent, None)
    for made in _desk(docent).test(by, _who(docent, viewer), _urn(docent, name, by)):
        print_json(
            {
                "viewer": made.viewer.urn,
                "level": {0: "none", 1: "discover", 2: "read"}[int(made.level)],
                "decided_by": [{"policy": one.urn, "rule": to_json(rule)} for one, rule in made.deciding] or "default",
            }
        )


@policy.command()
@click.argument("name")
@click.option("--effect", type=click.Choice(["allow", "deny"]), required=True)
@click.option("--action", type=click.Choice(["discover", "read", "change"]), default="read", show_default=True)
@click.option("--who", multiple=True, help="A URN, a person's id, team:ID, role:NAME; repeatable. Default: everyone.")
@click.option("--unless", multiple=True, help="Whom the rule spares.")
@click.option("--kind", "kinds", multiple=True)
@click.option("--platform", "platforms", multiple=True)
@click.option("--domain", "domains", multiple=True, help="A URN.")
@click.option("--tag", "tags", multiple=True)
@click.option("--class", "classes", multiple=True, help="A sensitivity class.")
@click.option("--asset", "assets", multiple=True, help="A URN or a pattern over names: shop.hr.*")
@click.option("--column", "columns", multiple=True, help="A name or pattern: only these columns.")
@click.option("--until", default=None, metavar="TIME", help="When the rule ends by itself.")
@_by
@opened
def add(
    docent: Docent, name: str, effect: Any, action: Any, until: str | None, viewer: str | None, **given: tuple[str, ...]
) -> None:
    """Add a rule to a policy that people keep."""
    from catalog.aspects import AccessRule

    names = {key: tuple(map(_named, given[key])) for key in ("who", "unless")}
    selectors = {key: given[key] for key in _SELECTORS if key not in names}
    rule = AccessRule(effect, action, **names, **selectors, until=time_of(until))
    click.echo(f"Added to {_desk(docent).add(_who(docent, viewer), name, rule)}.")


@policy.command()
@click.argument("name")
@click.option("--rule", "number", type=click.IntRange(1), default=None, help="Only this one, counted from 1.")
@_by
@opened
def remove(docent: Docent, name: str, number: int | None, viewer: str | None) -> None:
    """Take rules out of a policy that people keep."""
    click.echo(f"Removed: {_desk(docent).remove(_who(docent, viewer), name, number)}.")


@click.group()
def access() -> None:
    """Ask for access, and decide what others ask for."""


@access.command()
@click.argument("name")
@click.option("--reason", required=True, help="What you need it for.")
@_by
@opened
def request(docent: Docent, name: str, reason: str, viewer: str | None) -> None:
    """Ask to read something that you may know of and not read."""
    by = _who(docent, viewer)
    made = _desk(docent).request(by, _urn(docent, name, by), reason)
    click.echo(f"Request {made.ident} is open. Its owners see it with: docent access requests")


@access.command()
@click.option("--all", "every", is_flag=True, help="Decided ones too.")
@_by
@opened
def requests(docent: Docent, every: bool, viewer: str | None) -> None:
    """The requests that you may decide, and your own."""
    from docent.printing import safe

    for one in _desk(docent).requests(_who(docent, viewer), "" if every else "open"):
        click.echo(safe(f"{one.ident}  {one.status}  {one.viewer}  {one.urn}  {one.reason}"))


@access.command()
@click.argument("ident")
@click.option("--until", default=None, metavar="TIME", help="When the access ends by itself.")
@_by
@opened
def approve(docent: Docent, ident: str, until: str | None, viewer: str | None) -> None:
    """Grant a request."""
    made = _desk(docent).approve(_who(docent, viewer), ident, time_of(until))
    click.echo(f"{made.viewer} may read {made.urn}{' ' + made.note if made.note else ''}.")


@access.command()
@click.argument("ident")
@click.option("--note", default="", help="Why not.")
@_by
@opened
def decline(docent: Docent, ident: str, note: str, viewer: str | None) -> None:
    """Decline a request."""
    _desk(docent).decline(_who(docent, viewer), ident, note)
    click.echo("Declined.")
