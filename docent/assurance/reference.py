"""What may be seen, worked out a second time: short, slow, and sharing no code with the product's access rules."""

from __future__ import annotations

import re

from docent.assurance.world import GUEST, Asset, World


def names_of(world: World, user: str) -> set[str]:
    """Everything rules may call a user: themselves, their teams and all above, their roles, everyone."""
    teams = {team for team, (members, _) in world.teams.items() if user in members}
    while above := {world.teams[team][1] for team in teams} - teams - {""}:
        teams |= above
    return {user, "everyone"} | teams | {f"role:{role}" for role in world.roles.get(user, ())}


def as_whom(world: World, user: str) -> list[str]:
    """Whose rights all count: the user, and the guest where the user has left or nobody knows them."""
    named = {name for rule in world.rules for name in rule.who + rule.unless}
    known = world.viewers.get(user) not in (None, "service") or user in named
    return [user] if known and user not in world.left else [user, GUEST]


def visible(world: World, user: str, asset: Asset) -> str:
    """hidden, name or all."""
    order = ["hidden", "name", "all"]
    return min((_visible(world, names_of(world, one), asset) for one in as_whom(world, user)), key=order.index)


def _visible(world: World, names: set[str], asset: Asset) -> str:
    denied = set()
    for rule in world.rules:
        about = not rule.columns and rule.effect == "deny" and _about(rule, asset)
        if about and (not rule.who or names & set(rule.who)) and not names & set(rule.unless):
            denied.add(rule.action)
    return "hidden" if "discover" in denied else "name" if "read" in denied else "all"


def _about(rule: object, asset: Asset) -> bool:
    told = {
        "kinds": {asset.kind}, "platforms": {asset.platform}, "domains": {asset.domain}, "tags": set(asset.tags),
        "classes": set(asset.classes),
    }  # fmt: skip
    if any(getattr(rule, field) and not told[field] & set(getattr(rule, field)) for field in told):
        return False
    patterns = [re.escape(text).replace(r"\*", ".*") for text in rule.assets]  # type: ignore[attr-defined]
    return not patterns or any(re.fullmatch(p, name) for p in patterns for name in (asset.urn, asset.qualified))


def sees_kept_columns(world: World, user: str) -> bool:
    """Whether the columns that rules keep are for this user."""
    return all("role:steward" in names_of(world, one) for one in as_whom(world, user))


def marks_for(world: World, user: str) -> set[str]:
    """Every canary this user may ever be shown."""
    seen = {urn: visible(world, user, asset) for urn, asset in world.assets.items()}
    found: set[str] = set()
    for urn, asset in world.assets.items():
        if seen[urn] != "hidden":
            found.add(asset.name_mark)
        if seen[urn] == "all":
            found.add(asset.mark)
            found |= {asset.kept_mark} if sees_kept_columns(world, user) else set()
            found |= {asset.derived_mark} if all(seen[one] == "all" for one in asset.derived_from) else set()
    return found
