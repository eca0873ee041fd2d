"""What people say in `meta` and `tags` by convention: classes, terms, standing, deprecation. Pure functions.

dbt gives these keys no meaning of its own; the conventions read here are the common ones, and docs/sources/dbt.md
lists them. What none of them takes stays as a property of the asset.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from catalog.aspects import Certification, Pairs
from indexer.sources.dbt.body import Free, spoken
from indexer.sources.dbt.names import domain_urn, term_urn
from indexer.sources.dbt.people import names_owner

# Flags and tags that mark a class of sensitive data, and the class each marks.
_FLAGS = {"pii": "personal data", "personal_data": "personal data", "gdpr": "personal data", "phi": "health data"}
_FLAGS |= {"pci": "payment card data", "sensitive": "sensitive", "confidential": "confidential"}
_CLASS_KEYS = ("classification", "data_classification", "sensitivity", "data_class")
_TERM_KEYS = ("terms", "term", "glossary_terms", "glossary_term")
_DEPRECATED_KEYS = ("deprecated", "deprecation", "deprecation_note", "deprecation_reason")
_REPLACEMENT_KEYS = ("replacement", "replaced_by", "superseded_by", "use_instead")
_STANDING_KEYS = ("tier", "certified", "certified_by", "certification_note")
_NO = frozenset({"", "false", "no", "n", "none", "0", "n/a", "na", "null", "unknown", "tbd"})
_YES = frozenset({"true", "yes", "y", "1"})


def says_no(value: object) -> bool:
    """Whether a free value denies or leaves open: false, no, none, unknown, nothing."""
    return spoken(value).lower() in _NO


def classes(meta: Free, tags: tuple[str, ...]) -> tuple[str, ...]:
    """The classes of sensitive data that meta and tags claim, each once."""
    return tuple(dict.fromkeys(_classes(meta, tags)))


def _classes(meta: Free, tags: tuple[str, ...]) -> Iterator[str]:
    for key, value in meta.items():
        flag = _flag(key)
        if flag in _FLAGS and not says_no(value):
            yield _FLAGS[flag]
        elif key.lower() in _CLASS_KEYS and not says_no(value):
            level = " sensitivity" if key.lower() == "sensitivity" else ""
            yield from (_FLAGS.get(one.lower(), f"{one}{level}") for one in many(value))
    yield from (_FLAGS[_flag(tag)] for tag in tags if _flag(tag) in _FLAGS)


def _flag(text: str) -> str:
    """`contains_pii`, `has-pii`, `is_pii`, `PII` and `pii:true` are one flag."""
    word = re.sub(r"[\s-]+", "_", text.strip().lower()).removesuffix(":true").removesuffix("=true")
    return re.sub(r"^(contains|has|is|includes)_", "", word)


def many(value: object) -> tuple[str, ...]:
    """One text or a list of them as texts."""
    listed = value if isinstance(value, list) else [value]
    return tuple(filter(None, map(spoken, listed)))


def terms(meta: Free) -> tuple[str, ...]:
    """The glossary terms that meta names, as URNs."""
    return tuple(dict.fromkeys(term_urn(one) for key in _TERM_KEYS for one in many(meta.get(key)) if key in meta))


def domain(meta: Free) -> str:
    """The domain that meta names, as a URN, or ""."""
    named = spoken(meta.get("domain"))
    return domain_urn(named) if named else ""


def certification(meta: Free, tags: tuple[str, ...]) -> Certification | None:
    """The standing that meta and tags claim. dbt's `access: public` is none: it says who may build on it."""
    tier = re.search(r"\d+", spoken(meta.get("tier")))
    certified = not says_no(meta.get("certified")) or "certified" in map(str.lower, tags)
    if not certified and not tier:
        return None
    note = spoken(meta.get("certification_note"))
    return Certification(certified, int(tier[0][:4]) if tier else None, spoken(meta.get("certified_by")), note)


def deprecated(meta: Free, tags: tuple[str, ...]) -> bool:
    """Whether meta or tags say not to use it any more."""
    return not says_no(meta.get("deprecated")) or any(tag.lower() == "deprecated" for tag in tags)


def deprecation_note(meta: Free) -> str:
    """Why, in the people's words; `deprecated: use the new one` is such words."""
    said = spoken(meta.get("deprecated"))
    reasons = [spoken(meta.get(key)) for key in _DEPRECATED_KEYS[1:]]
    return next(filter(None, reasons), "" if said.lower() in _YES | _NO else said)


def replacement(meta: Free) -> str:
    """What meta says to use instead: a model's name, unique id or URN."""
    return next(filter(None, (spoken(meta.get(key)) for key in _REPLACEMENT_KEYS)), "")


def properties(meta: Free) -> Pairs:
    """The meta keys that no convention takes, with their values as text."""
    return tuple((key, spoken(value)) for key, value in meta.items() if not _taken(key, value) and spoken(value))


def _taken(key: str, value: object) -> bool:
    if key == "tier":
        return bool(re.search(r"\d", spoken(value)))
    if _flag(key) in _FLAGS:  # `pii: email` says more than its class, so its words are kept
        return spoken(value).lower() in _YES | _NO
    known = (*_TERM_KEYS, *_DEPRECATED_KEYS, *_REPLACEMENT_KEYS, *_STANDING_KEYS, "domain")
    return key in known or key.lower() in _CLASS_KEYS or names_owner(key)
