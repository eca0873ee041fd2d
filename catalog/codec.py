"""Aspects to canonical JSON and back, and their digest. Pure functions; no store.

Canonical: keys sorted, no spaces, defaults left out, UTF-8, times as ISO 8601 with microseconds only where they are.
Two equal values have one text, so the digest identifies a value, and adding a field with a default changes no digest.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Iterable
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any, Literal, TypeVar, cast

import catalog.ai_aspects  # noqa: F401 - registers its aspects
from catalog.aspects import REGISTRY, Aspect
from catalog.errors import RecordInvalid

DIGEST_LENGTH = 40  # hex digits: 160 bits, no collision in any real catalog
T = TypeVar("T", bound=Aspect)

R = TypeVar("R")

Encoder = Callable[[Any], Any]
Decoder = Callable[[Any], Any]


def _cached(make: Callable[[Any], R]) -> Callable[[Any], R]:
    """Remember what was made for each type; the set of types is small and fixed."""
    return cast(Callable[[Any], R], cache(make))


def encode(value: Aspect) -> str:
    """The canonical JSON of an aspect."""
    body = _encoder(type(value))(value)
    extra = body.pop("extra", None)
    if extra:
        body = json.loads(extra) | body
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str, inputs: str = "") -> str:
    """The digest of a canonical JSON text; of a derived value together with its inputs (`encode_inputs`)."""
    whole = f"{text}\n{inputs}" if inputs else text  # no JSON text holds a line break: the two cannot be confused
    return sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_LENGTH]


def encode_inputs(inputs: Iterable[str]) -> str:
    """The inputs of a derived value as canonical text: sorted JSON, "" for none."""
    named = sorted(set(inputs))
    return json.dumps(named, separators=(",", ":"), ensure_ascii=False) if named else ""


def decode_inputs(text: str) -> tuple[str, ...]:
    """The inputs from their text."""
    return tuple(json.loads(text)) if text else ()


def decode(name: str, text: str) -> Aspect:
    """The aspect called `name` from its JSON. Unknown fields are kept in `extra`. Raises RecordInvalid."""
    cls = REGISTRY.get(name)
    if cls is None:
        raise RecordInvalid(f"No aspect is called '{name}'. This version knows: {', '.join(sorted(REGISTRY))}.")
    return decode_as(cls, text)


def decode_as(cls: type[T], text: str) -> T:
    """An aspect of type `cls` from its JSON. Raises RecordInvalid."""
    try:
        body = json.loads(text)
        known = _known(cls)
        unknown = {key: value for key, value in body.items() if key not in known}
        if unknown:
            body = {key: value for key, value in body.items() if key in known}
            body["extra"] = json.dumps(unknown, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return cast(T, _decoder(cls)(body))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RecordInvalid(f"The stored '{cls.NAME}' is not readable: {error}.") from error


def to_json(value: object) -> object:
    """Any record or tuple of records as plain JSON values, defaults left out."""
    return _encoder(type(value))(value)


@_cached
def _known(cls: type) -> frozenset[str]:
    return frozenset(item.name for item in fields(cls))


@_cached
def _encoder(cls: type) -> Encoder:
    if is_dataclass(cls):
        hints = typing.get_type_hints(cls)
        plan = [
            (item.name, MISSING if item.default is MISSING else item.default, _field_encoder(hints[item.name]))
            for item in fields(cls)
        ]

        def encode_record(value: Any) -> dict[str, Any]:
            out = {}
            for name, default, encoder in plan:
                held = getattr(value, name)
                if default is MISSING or held != default:
                    out[name] = encoder(held)
            return out

        return encode_record
    return _any


def _field_encoder(hint: Any) -> Encoder:
    """The encoder for a declared type: records and times need work, plain values and tuples of them none."""
    if hint in (str, int, bool, float):
        return _plain
    return _any


def _plain(value: Any) -> Any:
    return value


def _any(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, tuple | list):
        return [_any(item) for item in value]
    return _encoder(type(value))(value)


def stamp(value: datetime) -> str:
    """A time as canonical text in UTC: 2026-11-23T09:40:00Z."""
    if value.tzinfo is None:
        raise RecordInvalid(f"The time {value} has no time zone. Give one, for example '{value.isoformat()}Z'.")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def unstamp(text: str) -> datetime:
    """The time a canonical text says. A text without zone is read as UTC."""
    value = datetime.fromisoformat(text)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@_cached
def _decoder(hint: Any) -> Decoder:
    if hint is datetime:
        return unstamp
    if is_dataclass(hint):
        return _record_decoder(cast(type, hint))
    origin = typing.get_origin(hint)
    if origin is tuple:
        return _tuple_decoder(typing.get_args(hint))
    if origin in (typing.Union, types.UnionType):
        inner = _decoder(next(arg for arg in typing.get_args(hint) if arg is not type(None)))
        return lambda value: None if value is None else inner(value)
    if hint is float:
        return float
    if hint in (str, int, bool):
        return _checked(hint)
    if origin is Literal:
        return _plain
    raise TypeError(f"no decoder for {hint}")


def _checked(expected: type) -> Decoder:
    def check(value: Any) -> Any:
        if not isinstance(value, expected):
            raise ValueError(f"expected {expected.__name__}, found {type(value).__name__}")
        return value

    return check


def _tuple_decoder(args: tuple[Any, ...]) -> Decoder:
    if len(args) == 2 and args[1] is Ellipsis:
        inner = _decoder(args[0])
        return lambda value: tuple([inner(item) for item in value])
    inners = [_decoder(arg) for arg in args]
    return lambda value: tuple(inner(item) for inner, item in zip(inners, value, strict=True))


def _record_decoder(cls: type) -> Decoder:
    hints = typing.get_type_hints(cls)
    decoders = {item.name: _decoder(hints[item.name]) for item in fields(cls)}

    def decode_record(body: dict[str, Any]) -> Any:
        return cls(**{name: decoders[name](value) for name, value in body.items() if name in decoders})

    return decode_record
