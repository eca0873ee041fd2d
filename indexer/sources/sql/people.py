"""Who ran a query: a name in a log as a person of the catalog, or as a service account. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from catalog.errors import ConfigInvalid
from catalog.urn import make

SERVICES = (
    "*.gserviceaccount.com", "svc_*", "svc-*", "*_svc", "*-svc", "service_*", "service-*", "*_service", "*-service",
    "*_bot", "*-bot", "dbt", "dbt_*", "airflow*", "dagster*", "prefect*", "fivetran*", "airbyte*", "stitch*",
    "looker*", "tableau*", "metabase*", "superset*", "powerbi*", "mode_*", "hightouch*", "census*", "datahub*",
    "system", "rdsadmin", "root", "admin", "postgres", "replication*",
)  # fmt: skip
"""Names that are hardly ever a person's; the `service_users` option adds to them, `users` takes one out."""

STYLES = ("local_part", "whole")


@dataclass
class People:
    """How the names in logs become URNs. `named`: name in small letters to the id of a person."""

    style: str = "local_part"
    named: dict[str, str] = field(default_factory=dict)
    services: tuple[str, ...] = SERVICES
    _known: dict[str, str | None] = field(default_factory=dict)

    def person(self, user: str) -> str | None:
        """The URN of the person, or None for a service account and for nobody."""
        if user not in self._known:
            self._known[user] = self._person(user)
        return self._known[user]

    def _person(self, user: str) -> str | None:
        low = user.strip().lower()
        if low in self.named:
            return _urn(self.named[low])
        bare = low.rsplit("\\", 1)[-1]  # ACME\ana
        local = bare.split("@", 1)[0]
        if not local or any(fnmatchcase(name, pattern) for name in (low, bare, local) for pattern in self.services):
            return None
        return _urn(local if self.style == "local_part" else bare)


def _urn(person: str) -> str:
    return person if person.startswith("urn:li:") else make("corpuser", person.replace(",", "%2C"))


def people_of(style: str, users: Sequence[str], service_users: Sequence[str]) -> People:
    """From the connector's options. `users`: "login=person". Raises ConfigInvalid."""
    if style not in STYLES:
        raise ConfigInvalid(f"user_names = '{style}' is unknown. Use one of: {', '.join(STYLES)}.")
    named = {}
    for item in users:
        login, equals, person = item.rpartition("=")
        if not equals or not login.strip() or not person.strip():
            raise ConfigInvalid(f"users: '{item}' is not LOGIN=PERSON, for example ANA_DB=ana.silva.")
        named[login.strip().lower()] = person.strip()
    return People(style, named, (*SERVICES, *(pattern.lower() for pattern in service_users)))
