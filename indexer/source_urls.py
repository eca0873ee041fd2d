"""The addresses of sources: what the environment fills in, what must never be shown, files relative to a folder. Pure.

A password may stand in an address while it is used, and nowhere else: not in the catalog, a message or a log.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, unquote, unquote_plus

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_LOGIN = re.compile(r"^(?P<scheme>[\w+.-]+://)(?P<user>[^:/?#@]*):(?P<secret>.*)@(?P<rest>[^@]*)$", re.DOTALL)
_SECRET_NAME = r"[\w.-]*(?:pass|pwd|secret|token|key|credential|odbc_connect)[\w.-]*"
_SECRET_PARAMETER = re.compile(rf"(?P<name>[?&;]{_SECRET_NAME}=)(?P<secret>[^&;]*)", re.IGNORECASE)
_FILE_URL = re.compile(r"^((?:sqlite|duckdb)(?:\+\w+)?:///)(?!/|:|file:|[A-Za-z]:[\\/]|\?|$)")
HIDDEN = "***"


def filled(text: str, environ: Mapping[str, str]) -> str:
    """`text` with each `${NAME}` that the environment has. In front of a host ('@') values are percent-encoded, so that
    a password may hold any character."""
    login_ends = text.rfind("@") if "://" in text else -1

    def value(match: re.Match[str]) -> str:
        found = environ.get(match[1])
        if found is None:
            return match[0]
        return quote(found, safe="") if match.start() < login_ends else found

    return _VARIABLE.sub(value, text)


def missing(text: str) -> tuple[str, ...]:
    """The names that the environment did not have."""
    return tuple(dict.fromkeys(_VARIABLE.findall(text)))


def hidden(text: str) -> str:
    """An address as it may be shown: without password and without parameters that hold secrets."""
    login = _LOGIN.match(text)
    if login:
        text = f"{login['scheme']}{login['user']}:{HIDDEN}@{login['rest']}"
    return _SECRET_PARAMETER.sub(lambda match: match["name"] + HIDDEN, text)


def secrets(text: str) -> tuple[str, ...]:
    """What `hidden` hides, as written and as meant, longest first: for taking it out of foreign messages."""
    login = _LOGIN.match(text)
    found = {login["secret"]} if login else set()
    found |= {match["secret"] for match in _SECRET_PARAMETER.finditer(text)}
    found |= {unquote(one) for one in found} | {unquote_plus(one) for one in found}
    return tuple(sorted((one for one in found if one), key=len, reverse=True))


def without(message: str, hide: tuple[str, ...]) -> str:
    """A message of someone else with each of `hide` taken out."""
    for secret in hide:
        message = message.replace(secret, HIDDEN)
    return message


def rooted(url: str, root: Path) -> str:
    """`sqlite:///shop.db` and the like with the file taken from `root`; every other address as it is."""
    match = _FILE_URL.match(url)
    return f"{match[1]}{(root.absolute() / url[match.end() :]).as_posix()}" if match else url
