"""What stewards do: correct which URNs are one asset. Checks that the viewer may; writes Changes of source "person"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from catalog.access import Level
from catalog.aspects import Identity, Ownership
from catalog.catalog import Catalog
from catalog.change import Origin
from catalog.errors import ChangeForbidden, NotFound
from catalog.identity.correct import Action, correction
from catalog.identity.lookup import Shown
from catalog.reader import AssetRow, read_said
from catalog.view import View

SOURCE = "person"


def identity_of(catalog: Catalog, viewers: Sequence[str], name: str) -> Shown:
    """The identity of what a name or URN means, less the members' twins that the viewer may not discover.

    Raises NotFound.
    """
    view = catalog.view(catalog.scope(*viewers))
    row = find(view, name)
    if row.level is not Level.READ:  # its name is all that the viewer may know
        return Shown(row.urn, (), (), ())
    shown = catalog.identity(row.urn)
    visible = view.rows(shown.twins)
    links = tuple(link for link in shown.links if {link.urn, link.other} <= view.rows((link.urn, link.other)).keys())
    return Shown(shown.canonical, shown.members, tuple(visible), links)


def correct_identity(
    catalog: Catalog, viewers: Sequence[str], action: Action, names: tuple[str, str], at: datetime | None = None
) -> list[str]:
    """Join, split or undo; returns the URNs whose word changed. Raises NotFound, ChangeForbidden, BadInput."""
    view = catalog.view(catalog.scope(*viewers))
    urns = []
    for name in names:
        row = find(view, name)
        if not view.scope.may_change(row.facts()):
            raise ChangeForbidden(_forbidden(view, row))
        urns.append(name if name.startswith("urn:li:") else row.urn)
    with catalog.database.reading() as connection:
        said = read_said(connection, urns, names=(Identity.NAME,))
    held = {
        urn: one.value
        for urn in urns
        for one in said.get(urn, {}).get(Identity.NAME, ())
        if one.point.source == SOURCE and isinstance(one.value, Identity)
    }
    changes = correction(action, urns[0], urns[1], held, Origin(SOURCE, ",".join(viewers), f"identity {action}", at))
    catalog.register(SOURCE, SOURCE)
    catalog.apply(changes)
    return [change.urn for change in changes]


def find(view: View, name: str) -> AssetRow:
    """The asset of a URN (any of its URNs) or of a name as its platform writes it. Raises NotFound."""
    if name.startswith("urn:li:"):
        row = view.asset(name)
        found = [row] if row else []
    else:
        wanted = name.strip().casefold()
        found = view.assets(where=lambda one: wanted in (one.qualified_name.casefold(), one.name.casefold()))
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFound(f"Nothing that you may see is called '{name}'. Search for it: docent search {name}")
    urns = tuple(row.urn for row in found[:10])
    raise NotFound(f"{len(found)} assets are called '{name}'. Give the URN of one: {', '.join(urns)}", urns)


def _forbidden(view: View, row: AssetRow) -> str:
    held = view.read(row.urn, Ownership)
    owners = [view.name(owner.urn) for owner in held.value.owners] if held else []
    whom = f"Ask {' or '.join(owners)}" if owners else "Ask whoever keeps your access policies"
    return (
        f"No rule lets you change {row.name}. {whom}, or have a policy grant it: "
        "{effect: allow, action: change, who: [...], assets: [...]}."
    )
