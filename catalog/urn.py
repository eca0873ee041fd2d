"""URNs in DataHub's form: `urn:li:TYPE:ID` or `urn:li:TYPE:(PART,PART,...)`. Pure text; knows no store.

Parts may themselves be URNs, so commas count only outside nested parentheses.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from catalog.errors import UrnInvalid

PREFIX = "urn:li:"
DEFAULT_ENV = "PROD"
_MAX_LENGTH = 2000  # longer ones are never real and would bloat every index


@dataclass(frozen=True)
class Urn:
    """A parsed URN: its entity type and its parts (one for the plain form)."""

    entity: str
    parts: tuple[str, ...]

    def __str__(self) -> str:
        return make(self.entity, *self.parts)


def make(entity: str, *parts: str) -> str:
    """Join an entity type and its parts into a URN."""
    body = parts[0] if len(parts) == 1 else f"({','.join(parts)})"
    return f"{PREFIX}{entity}:{body}"


def dataset(platform: str, name: str, env: str = DEFAULT_ENV) -> str:
    """The URN of a table, view, topic or file set: `dataset("postgres", "shop.public.orders")`."""
    return make("dataset", f"{PREFIX}dataPlatform:{platform}", name, env)


def column(parent: str, path: str) -> str:
    """The URN of a column (a field path) of `parent`."""
    return make("schemaField", parent, path)


def slug(text: str) -> str:
    """`text` as one safe URN part: lower case, spaces to dashes, reserved characters percent-encoded."""
    return quote("-".join(text.strip().lower().split()), safe="-._~@+$&*!'/")


@lru_cache(maxsize=65536)
def parse(urn: str) -> Urn:
    """Split a URN. Raises UrnInvalid, saying what is wrong."""
    if not urn.startswith(PREFIX):
        raise UrnInvalid(f"'{urn[:80]}' is not a URN: it must begin with '{PREFIX}'.")
    if len(urn) > _MAX_LENGTH:
        raise UrnInvalid(f"The URN '{urn[:80]}...' is {len(urn)} characters long; {_MAX_LENGTH} is the most.")
    entity, colon, body = urn[len(PREFIX) :].partition(":")
    if not colon or not entity or not body:
        raise UrnInvalid(f"'{urn}' is not a URN: expected '{PREFIX}TYPE:ID'.")
    if not body.startswith("("):
        return Urn(entity, (body,))
    if not body.endswith(")"):
        raise UrnInvalid(f"'{urn}' is not a URN: the parenthesis is not closed.")
    return Urn(entity, _split(body[1:-1], urn))


def _split(body: str, whole: str) -> tuple[str, ...]:
    parts: list[str] = []
    depth = start = 0
    for i, char in enumerate(body):
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth < 0:
                raise UrnInvalid(f"'{whole}' is not a URN: a parenthesis closes that was never opened.")
        elif char == "," and depth == 0:
            parts.append(body[start:i])
            start = i + 1
    if depth:
        raise UrnInvalid(f"'{whole}' is not a URN: a parenthesis is not closed.")
    parts.append(body[start:])
    return tuple(parts)


def platform_of(urn: str) -> str:
    """The platform a URN names (`postgres`, `looker`), or "" when its form names none."""
    parsed = parse(urn)
    first = parsed.parts[0]
    if first.startswith(f"{PREFIX}dataPlatform:"):
        return first.rsplit(":", 1)[1]
    if parsed.entity in ("dashboard", "chart", "dataFlow") and len(parsed.parts) > 1:
        return first
    if first.startswith(PREFIX):
        return platform_of(first)
    return ""


def name_of(urn: str) -> str:
    """The part of a URN that names the thing, as its platform writes it: `shop.public.orders`."""
    parsed = parse(urn)
    if parsed.entity in ("dashboard", "chart", "dataJob", "schemaField", "mlFeature", "mlPrimaryKey"):
        return parsed.parts[-1]
    if len(parsed.parts) >= 2:
        return parsed.parts[1]
    return parsed.parts[0]


def env_of(urn: str) -> str:
    """The environment a data-set-like URN names (`PROD`), or "" when its form has none."""
    parsed = parse(urn)
    return parsed.parts[2] if len(parsed.parts) == 3 and parsed.entity in ("dataset", "mlModel", "mlModelGroup") else ""


def column_parts(urn: str) -> tuple[str, str]:
    """The asset URN and the field path of a column URN. Raises UrnInvalid for anything else."""
    parsed = parse(urn)
    if parsed.entity != "schemaField" or len(parsed.parts) != 2:
        raise UrnInvalid(f"'{urn}' is not the URN of a column.")
    return parsed.parts[0], parsed.parts[1]
