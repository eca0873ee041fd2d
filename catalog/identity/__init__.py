"""Identity: one real thing is one asset, however its sources spell it.

`resolve` is the pure core: URNs, links and configuration in, identities out. `register` keeps its result in the catalog
for what changed, `lookup` reads it, `correct` makes the Changes by which people join and split. No rule guesses: what
could be several things stays apart and is offered as a possible twin.
"""

from catalog.identity.mapping import IdentityRules, rules_from, rules_of
from catalog.identity.openlineage import urn_of
from catalog.identity.resolve import RULES, Known, Link, Member, resolve, twins
from catalog.identity.spelling import Beside

__all__ = [
    "RULES",
    "Beside",
    "IdentityRules",
    "Known",
    "Link",
    "Member",
    "resolve",
    "rules_from",
    "rules_of",
    "twins",
    "urn_of",
]
