"""What a URN's spelling says: which platform, environment, instance and name it means, case and quotes aside. Pure.

A `Spelling` is comparable: two URNs with equal `key` are one thing. `tail` (environment, schema and table in small
letters) is shared by all spellings that could be one, so looking a thing up needs one indexed column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from catalog.identity.mapping import IdentityRules
from catalog.identity.platforms import DBT, Platform
from catalog.urn import DEFAULT_ENV, parse, platform_of

_TOKENS = re.compile(r'"((?:[^"]|"")*)"|`([^`]*)`|\[([^\]]*)\]|([^."`\[\]]+)')
_SERVER = re.compile(r"^([^/\s]+)/(.+)$", re.DOTALL)  # of names with dots: the host before the first slash
_HOST_PORT = re.compile(r"^([^/\s]+:\d+)/(.+)$", re.DOTALL)  # of opaque names, that may hold slashes themselves
_QUOTE = re.compile(r"[\"`\[\]]")
_SCHEME = re.compile(r"^[a-z0-9+.-]+://", re.IGNORECASE)
_ABS = re.compile(r"^([^@/]+)@([^./]+)[^/]*(/.*)?$", re.DOTALL)  # container@account.dfs.core.windows.net/path


@dataclass(frozen=True)
class Token:
    """One part of a dotted name, and whether it stood in quotes."""

    text: str
    quoted: bool = False


@dataclass(frozen=True)
class Spelling:
    """One URN as it is understood. `parts` are folded as the platform folds names; `tokens` are as written."""

    urn: str
    platform: Platform
    env: str
    instance: str
    parts: tuple[str, ...]
    tokens: tuple[Token, ...]
    tail: str

    @property
    def key(self) -> tuple[str, str, str, tuple[str, ...]]:
        """What two spellings of one thing have in common."""
        return (self.platform.name, self.env, self.instance, self.parts)

    @property
    def is_full(self) -> bool:
        """Whether the name is written with all its parts."""
        name = parse(self.urn).parts[1]
        server = _SERVER.match(name) if self.platform.levels else None
        return len(tokens(server[2] if server else name)) >= self.platform.levels

    @property
    def is_dbt(self) -> bool:
        """Whether this is DataHub's own asset for a dbt node, beside that of its table."""
        return platform_of(self.urn) == DBT


@dataclass(frozen=True)
class Beside:
    """What is known of a URN beside its text. `instance`: its platform instance. `in_code`: only code names it so."""

    instance: str = ""
    in_code: bool = False


def read(urn: str, rules: IdentityRules, beside: Beside | None = None) -> Spelling | None:
    """What a data set's URN means, or None for other things. Raises UrnInvalid."""
    parsed = parse(urn)
    if parsed.entity != "dataset" or len(parsed.parts) < 2:
        return None
    platform = rules.platform(platform_of(urn))
    written = _Written(
        urn,
        platform,
        rules.env(parsed.parts[2] if len(parsed.parts) > 2 else DEFAULT_ENV),
        unquote(parsed.parts[1]) if "%" in parsed.parts[1] else parsed.parts[1],
        beside or Beside(),
    )
    if platform.path:
        return _path(written, rules)
    return _dotted(written, rules) if platform.levels else _opaque(written, rules)


@dataclass(frozen=True)
class _Written:
    urn: str
    platform: Platform
    env: str
    name: str
    beside: Beside

    def placed(
        self, rules: IdentityRules, server: str, parts: tuple[str, ...], tokens: tuple[Token, ...], tail: str
    ) -> Spelling:
        """The spelling, with the server's configured instance and environment."""
        instance, env = rules.place(self.platform.name, server) if server else ("", "")
        env = env or self.env
        return Spelling(self.urn, self.platform, env, instance, parts, tokens, f"{env}|{tail.lower()}")


def tail_of(urn: str, rules: IdentityRules) -> str:
    """The tail of a URN; "" for what only links can join."""
    found = read(urn, rules)
    return found.tail if found else ""


def tokens(name: str) -> tuple[Token, ...]:
    """The parts of a dotted name; dots in quotes do not part it."""
    found = []
    for match in _TOKENS.finditer(name):
        double, tick, bracket, plain = match.groups()
        quoted = next((one for one in (double, tick, bracket) if one is not None), None)
        found.append(Token(plain.strip()) if quoted is None else Token(quoted.replace('""', '"'), True))
    return tuple(one for one in found if one.text)


def fold(platform: Platform, token: Token, in_code: bool = False) -> str:
    """A part of a name as the platform compares it. What only quotes can have made keeps quotes around it.

    A catalog writes names without quotes and as they are stored, so letters of both sorts can only come from a quoted
    name. Code (`in_code`: dbt projects, SQL) writes unquoted names in any letters.
    """
    text, small = token.text, token.text.lower()
    if platform.case == "any":
        return small
    if platform.case == "upper":
        plain = text == text.upper() or (not token.quoted and (in_code or text == small))
        return small if plain else f'"{text}"'
    if platform.case == "lower":
        return small if text == small else f'"{text}"'
    return text


def _dotted(written: _Written, rules: IdentityRules) -> Spelling:
    platform, name, beside = written.platform, written.name, written.beside
    match = _SERVER.match(name)
    server, name = (match[1], match[2]) if match and not _QUOTE.search(match[1]) else ("", name)
    parts = _bigquery(name) if platform.name == "bigquery" else tokens(name)
    if not server:
        server, parts = _instance(platform, beside.instance, parts)
    instance = rules.place(platform.name, server)[0] if server else ""
    parts = _with_database(platform, rules, instance, parts)
    folded = [fold(platform, part, beside.in_code) for part in parts]
    if platform.lower_database and len(folded) == platform.levels:
        folded[0] = folded[0].lower()
    return written.placed(rules, server, tuple(folded), parts, ".".join(part.text for part in parts[-2:]))


def _bigquery(name: str) -> tuple[Token, ...]:
    """`project.dataset.table` in backticks as a whole, and the old project:dataset.table."""
    parts = tokens(name)
    if len(parts) == 1 and parts[0].quoted:
        name = parts[0].text
    return tokens(name.replace(":", ".", 1) if name.count(".") == 1 else name)


def _instance(platform: Platform, given: str, parts: tuple[Token, ...]) -> tuple[str, tuple[Token, ...]]:
    """The instance, and the name without it: given beside the name, or all that is more than a name has."""
    if given:
        dotted = len(given.split("."))
        head = ".".join(part.text for part in parts[:dotted])
        return given, parts[dotted:] if head.lower() == given.lower() and len(parts) > dotted else parts
    extra = len(parts) - platform.levels
    return ".".join(part.text for part in parts[: max(extra, 0)]), parts[max(extra, 0) :]


def _with_database(
    platform: Platform, rules: IdentityRules, instance: str, parts: tuple[Token, ...]
) -> tuple[Token, ...]:
    if len(parts) == platform.levels:
        return (Token(rules.database(platform.name, parts[0].text), parts[0].quoted), *parts[1:])
    if len(parts) == platform.levels - 1 and (default := rules.default_database(platform, instance)):
        # The database's letters are those people wrote in the configuration, not those of a quoted name.
        return (Token(default.lower() if platform.case in ("upper", "lower") else default), *parts)
    return parts


def _opaque(written: _Written, rules: IdentityRules) -> Spelling:
    """A name of one text: only a server, or an instance that is known, can be told from it."""
    name, server = written.name, written.beside.instance
    match = _HOST_PORT.match(name)
    head, _, rest = name.partition(".")
    if match:
        server, name = match[1], match[2]
    elif rest and (head.lower() == server.lower() or (not server and rules.is_instance(written.platform.name, head))):
        server, name = head, rest
    return written.placed(rules, server, (name,), (Token(name),), ".".join(name.split(".")[-2:]))


def _path(written: _Written, rules: IdentityRules) -> Spelling:
    name, server = _SCHEME.sub("", written.name), written.beside.instance
    account = _ABS.match(name) if written.platform.name == "abs" else None
    if account:
        server, name = account[2].lower(), account[1] + (account[3] or "")
    match = _HOST_PORT.match(name) if written.platform.name == "hdfs" else None
    if match:
        server, name = match[1], match[2]
    steps = tuple(step for step in name.split("/") if step)
    return written.placed(rules, server, ("/".join(steps),), tuple(map(Token, steps)), "/" + "/".join(steps[-2:]))
