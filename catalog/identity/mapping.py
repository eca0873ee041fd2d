"""What a company says of its names, where no rule can know: the table [identity] of docent.toml. Pure.

`instances`: the platform instances there are: name = platform. `hosts`: a server (host:port, account, ARN) or instance
= the instance it is, or the environment whose only one it is. `databases`: platform = the database meant where a name
has none ("platform/instance" for one instance), or "platform:name" = another name of a database. `platforms`, `envs`:
other names; `dbt = "postgres"` says where DataHub's dbt nodes live. `case`: platform = "sensitive" or "insensitive".
`namespaces`: an OpenLineage namespace = {platform, env, prefix}.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from catalog.errors import ConfigInvalid
from catalog.identity.platforms import ENVIRONMENTS, Platform, environment, platform

TABLES = ("instances", "hosts", "databases", "platforms", "envs", "case", "namespaces")
_CASES = {"sensitive": "exact", "insensitive": "any"}
_NAMESPACE = ("platform", "env", "prefix")
Texts = Mapping[str, str]


@dataclass(frozen=True)
class Namespace:
    """What an OpenLineage namespace stands for: a platform, perhaps an environment and what names there begin with."""

    platform: str
    env: str = ""
    prefix: str = ""


@dataclass(frozen=True)
class IdentityRules:
    """The configured mappings; keys are in small letters. `text` identifies them: equal texts, equal rules."""

    instances: Texts = field(default_factory=dict)
    hosts: Texts = field(default_factory=dict)
    databases: Texts = field(default_factory=dict)
    platforms: Texts = field(default_factory=dict)
    envs: Texts = field(default_factory=dict)
    case: Texts = field(default_factory=dict)
    namespaces: Mapping[str, Namespace] = field(default_factory=dict)
    text: str = "{}"

    def platform(self, name: str) -> Platform:
        """The platform of a name, with what is configured of it."""
        found = platform(self.platforms.get(name.lower(), name))
        said = self.case.get(found.name)
        return found if said is None else replace(found, case=_CASES[said])  # type: ignore[arg-type]

    def env(self, text: str) -> str:
        """An environment in one spelling."""
        return environment(self.envs.get(text.strip().lower(), text))

    def place(self, of: str, server: str) -> tuple[str, str]:
        """Which instance a server or instance is, and in which environment; "" where that is not said.

        Instance "" with an environment: it is that of the names that tell no instance.
        """
        wanted = server.lower()
        bare = wanted.rpartition(":")[0]
        for key in (f"{of}:{wanted}", wanted, f"{of}:{bare}", bare):
            found = self.hosts.get(key) if key else None
            if found is not None:
                known = found.lower() in self.instances or self.env(found) not in ENVIRONMENTS
                return (found.lower(), "") if known else ("", self.env(found))
        return wanted, ""

    def is_instance(self, of: str, name: str) -> bool:
        """Whether a name is configured as an instance of a platform."""
        found = self.instances.get(name.lower())
        return found is not None and self.platform(found).name == of

    def default_database(self, of: Platform, instance: str) -> str:
        """The database meant where a name of the platform has none, or ""."""
        return self.databases.get(f"{of.name}/{instance}" if instance else of.name, "") or of.default

    def database(self, of: str, name: str) -> str:
        """A database's one name."""
        return self.databases.get(f"{of}:{name.lower()}", name)


def rules_of(body: Mapping[str, object], where: str = "[identity]") -> IdentityRules:
    """The rules that a table says. Raises ConfigInvalid, saying which key is wrong."""
    found: dict[str, object] = {}
    for key, table in body.items():
        if key not in TABLES:
            raise ConfigInvalid(f"{where}: '{key}' is unknown. Known: {', '.join(TABLES)}.")
        if not isinstance(table, Mapping):
            raise ConfigInvalid(f'{where}: {key} must be a table, for example {key} = {{ "a" = "b" }}.')
        if key == "namespaces":
            found[key] = {str(name).strip().lower(): _namespace(value, where) for name, value in table.items()}
        else:
            found[key] = _texts(key, table, where)
    return IdentityRules(**found, text=json.dumps(body, sort_keys=True))  # type: ignore[arg-type]


def _texts(key: str, table: Mapping[str, object], where: str) -> dict[str, str]:
    if not all(isinstance(value, str) for value in table.values()):
        raise ConfigInvalid(f"{where}: the values of {key} must be texts in quotes.")
    held = {str(name).strip().lower(): str(value).strip() for name, value in table.items()}
    if key == "case" and not set(held.values()) <= set(_CASES):
        raise ConfigInvalid(f"{where}: case must be 'sensitive' or 'insensitive' for each platform.")
    return {platform(name).name: value for name, value in held.items()} if key == "case" else held


def _namespace(value: object, where: str) -> Namespace:
    if not isinstance(value, Mapping) or not value.get("platform") or not set(value) <= set(_NAMESPACE):
        raise ConfigInvalid(
            f'{where}: a namespace is written as {{ platform = "postgres", env = "PROD", prefix = "" }}; '
            "env and prefix may be left out."
        )
    return Namespace(*(str(value.get(name, "")) for name in _NAMESPACE))


def rules_from(text: str) -> IdentityRules:
    """The rules whose `text` was kept; none for an empty one."""
    return rules_of(json.loads(text)) if text else IdentityRules()
