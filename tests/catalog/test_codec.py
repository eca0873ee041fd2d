"""Aspects survive the way to JSON and back, whatever is in them, and the digest names the value."""

from __future__ import annotations

import types
import typing
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from catalog import codec
from catalog.aspects import REGISTRY, Check, Checks, Documentation, Info, Tags
from catalog.errors import RecordInvalid

MOMENT = datetime(2026, 3, 1, 9, 30, 15, 250, tzinfo=UTC)


def filled(cls: type, turn: int = 0) -> Any:
    """A record with every field set to something that is not its default."""
    hints = typing.get_type_hints(cls)
    values = {item.name: _value(hints[item.name], item.default, turn) for item in fields(cls) if item.name != "extra"}
    return cls(**values)


def _value(hint: Any, default: Any, turn: int) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if is_dataclass(hint):
        return filled(typing.cast(type, hint), turn)
    if origin in (typing.Union, types.UnionType):
        return _value(next(arg for arg in args if arg is not type(None)), default, turn)
    if origin is tuple:
        inner = args[:1] * 2 if len(args) == 2 and args[1] is Ellipsis else args
        return tuple(_value(arg, MISSING, turn + i) for i, arg in enumerate(inner))
    if origin is Literal:
        return next(arg for arg in args if arg != default)
    plain = {str: f'é {turn} \n"quoted" 表', bool: default is not True, int: 7 + turn, float: 0.125, datetime: MOMENT}
    return plain[hint]


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_aspect_comes_back_as_it_was(name: str) -> None:
    value = filled(REGISTRY[name])
    text = codec.encode(value)
    assert codec.decode(name, text) == value
    assert codec.encode(codec.decode(name, text)) == text


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_an_aspect_that_says_nothing_is_an_empty_object(name: str) -> None:
    cls = REGISTRY[name]
    assert codec.encode(cls()) == "{}"
    assert codec.decode(name, "{}") == cls()


def test_a_default_that_is_written_out_changes_no_digest() -> None:
    spelled = codec.decode("info", '{"name":"orders","env":"","kind":"table"}')
    assert codec.encode(spelled) == codec.encode(Info(kind="table", name="orders"))


def test_the_digest_of_a_value_is_the_same_in_every_version() -> None:
    text = codec.encode(Documentation("Orders, one row each."))
    assert text == '{"text":"Orders, one row each."}'
    assert codec.digest(text) == "33c2fc20831e687051a6385897b9cc5ba29af68f"


def test_fields_of_a_newer_version_are_kept() -> None:
    text = '{"colour":{"a":null,"b":[1,2]},"tags":["pii"],"weight":3}'
    value = codec.decode("tags", text)
    assert isinstance(value, Tags)
    assert value.tags == ("pii",)
    assert codec.encode(value) == text


def test_a_time_in_another_zone_is_the_same_value() -> None:
    east = datetime.fromisoformat("2026-03-01T11:30:15.000250+02:00")
    assert codec.encode(Checks((Check("a", at=east),))) == codec.encode(Checks((Check("a", at=MOMENT),)))


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(RecordInvalid, match="no time zone"):
        codec.encode(Info(modified_at=datetime(2026, 3, 1)))


@pytest.mark.parametrize("text", ["[]", '"x"', "{", '{"tags":1}', '{"tags":[1]}', "null"])
def test_what_is_not_the_aspect_is_refused_by_name(text: str) -> None:
    with pytest.raises(RecordInvalid, match="stored 'tags' is not readable"):
        codec.decode("tags", text)


def test_an_unknown_aspect_is_refused_with_the_known_ones() -> None:
    with pytest.raises(RecordInvalid, match=r"This version knows: .*documentation"):
        codec.decode("horoscope", "{}")
