"""Tables that are one table to their users though stored as many: date shards, wildcards, partition decorators.

Owns the naming rule only. BigQuery's conventions (`events_20240131`, `events_*`, `events$20240131`); other platforms
get the same rule only where their catalog already keeps the family as one asset.
"""

from __future__ import annotations

import re

SUFFIX = "yyyymmdd"
"""What stands for the date in the name of a family, as DataHub's BigQuery source writes it."""

_DATED = re.compile(r"^(.*\D)?(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$", re.DOTALL)
_WILDCARD = re.compile(r"^(.*?)_?\d*\*$", re.DOTALL)


def without_decorator(table: str) -> str:
    """The table behind `table$partition` or `table@snapshot`."""
    return re.split(r"[$@]", table, maxsplit=1)[0] or table


def family_of(table: str) -> str | None:
    """`events_20240131` and `events_2024*` give `events_yyyymmdd`; a name of no family gives None."""
    if table.endswith("*"):
        found = _WILDCARD.match(table)
        stem = found[1] if found else ""
        return f"{stem}_{SUFFIX}" if stem else SUFFIX
    found = _DATED.match(table)
    return f"{found[1] or ''}{SUFFIX}" if found else None
