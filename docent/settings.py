"""Settings: docent.toml and the environment, parsed once into typed records. The only place that reads either.

docs/configuration.md has a heading for every key. Unknown keys are errors with the nearest known name.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from assistant.model.settings import ModelSettings
from catalog.access import EVERYONE, AccessSettings, Level
from catalog.aspects import REGISTRY
from catalog.audit.chain import AuditSettings, Mode, writer_name
from catalog.errors import ConfigInvalid, WorkspaceMissing
from catalog.identity.mapping import TABLES, IdentityRules, rules_of
from catalog.urn import PREFIX
from indexer import source_urls
from indexer.connectors import Option, SourceConfig
from indexer.enrich import propagation
from indexer.enrichers import ENRICHERS

FILE_NAME = "docent.toml"
DEFAULT_VIEWER = "urn:li:corpuser:local"
_LEVELS = {"none": Level.HIDDEN, "discover": Level.DISCOVER, "read": Level.READ}
_KEYS: dict[str, set[str]] = {
    "workspace": {"name"},
    "catalog": {"url"},
    "viewer": {"default"},
    "access": {"default", "hidden_until_classified", "policy_sources", "guest"},
    "audit": {"mode", "writer", "readers"},
    "model": {"folder", "enabled"},
    "identity": set(TABLES),
    "precedence": set(REGISTRY),
    "enrich": {"propagate"},
    "llm": {
        "model", "base_url", "temperature", "max_calls", "max_tokens_in", "max_tokens_out", "deadline",
        "breaker_failures", "breaker_pause", "price_in", "price_out",
    },
    "source": set(),
}  # fmt: skip
_MODES: dict[str, Mode] = {"required": "required", "best_effort": "best_effort", "off": "off"}
_OWN_DOORS = ("cli", "python")
_SOURCE_KEYS = {"name", "type", "path", "url", "rank"}


@dataclass(frozen=True)
class AuditConfig:
    """The audit as configured. `mode` None: what fits the door."""

    mode: Mode | None = None
    writer: str = ""
    readers: tuple[str, ...] = AuditSettings().readers

    def for_door(self, door: str) -> AuditSettings:
        """How a door keeps it: people on their own machine are not stopped by a full disk, a service is."""
        fitting: Mode = "best_effort" if door in _OWN_DOORS else "required"
        return AuditSettings(self.mode or fitting, self.writer or writer_name(door), self.readers)


@dataclass(frozen=True)
class Settings:
    """Everything that can be configured. Paths are absolute."""

    root: Path
    name: str = ""
    catalog_url: str = ""
    default_viewer: str = DEFAULT_VIEWER
    access: AccessSettings = field(default_factory=AccessSettings)
    policy_sources: tuple[str, ...] | None = None
    identity: IdentityRules = field(default_factory=IdentityRules)
    precedence: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    audit: AuditConfig = field(default_factory=lambda: AuditConfig())
    sources: tuple[SourceConfig, ...] = ()
    model_folder: Path = Path()
    use_model: bool = True
    propagate: tuple[str, ...] = propagation.DEFAULT
    llm: ModelSettings = field(default_factory=ModelSettings)

    @property
    def state_folder(self) -> Path:
        """Where Docent keeps what it makes: catalog, index, vectors."""
        return self.root / ".docent"


def find_root(start: Path) -> Path:
    """The nearest folder at or above `start` that holds docent.toml. Raises WorkspaceMissing."""
    start = start.absolute()
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise WorkspaceMissing(
        f"There is no {FILE_NAME} in {start} or in a folder above it. Run 'docent init' here, or pass --workspace DIR."
    )


def read_settings(root: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of the workspace at `root`. Raises ConfigInvalid, WorkspaceMissing."""
    path = root / FILE_NAME
    try:
        body = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WorkspaceMissing(f"There is no {path}. Run 'docent init {root}' to make a workspace there.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigInvalid(f"{path} cannot be read: {error}. Correct the file and try again.") from error
    _check_keys(path, body)
    access = _table(path, body, "access")
    model = _table(path, body, "model")
    return Settings(
        root=root,
        name=_text(path, _table(path, body, "workspace"), "name", root.name),
        catalog_url=_catalog_url(root, _text(path, _table(path, body, "catalog"), "url", ""), environ),
        default_viewer=viewer_urn(
            environ.get("DOCENT_AS") or _text(path, _table(path, body, "viewer"), "default", DEFAULT_VIEWER)
        ),
        access=_access(path, access),
        policy_sources=_names(path, access, "policy_sources"),
        audit=_audit(path, _table(path, body, "audit")),
        sources=_sources(path, body.get("source", []), environ),
        precedence=_precedence(path, _table(path, body, "precedence")),
        identity=rules_of(_table(path, body, "identity"), f"{path}: [identity]"),
        model_folder=model_folder(environ, _text(path, model, "folder", "")),
        use_model=_flag(path, model, "enabled", True),
        propagate=_propagate(path, _table(path, body, "enrich")),
        llm=_llm(path, _table(path, body, "llm"), environ),
    )


def model_folder(environ: Mapping[str, str], configured: str = "") -> Path:
    """Where prepared embedding models are kept, for all workspaces of this person."""
    cache = Path(environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME", "~")).expanduser() / ".cache")
    return Path(environ.get("DOCENT_MODEL_DIR") or configured or cache / "docent" / "models").expanduser()


def viewer_urn(text: str) -> str:
    """A viewer as people write one ("ana", "person:ana", "team:growth", a URN) as a URN."""
    if text.startswith(PREFIX):
        return text
    kind, colon, ident = text.partition(":")
    if colon and kind == "team":
        return f"{PREFIX}corpGroup:{ident}"
    return f"{PREFIX}corpuser:{(ident if colon else kind).strip().lower()}"


def _catalog_url(root: Path, configured: str, environ: Mapping[str, str]) -> str:
    url = environ.get("DOCENT_CATALOG_URL") or configured
    if not url:
        return f"sqlite:///{root / '.docent' / 'catalog.db'}"
    if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
        return f"sqlite:///{root / url.removeprefix('sqlite:///')}"
    return url


def _check_keys(path: Path, body: Mapping[str, object]) -> None:
    for key in body:
        _known(path, key, _KEYS, "a table")
    for table, keys in _KEYS.items():
        if keys:
            for key in _table(path, body, table):
                _known(path, key, keys, f"a key of [{table}]")


def _known(path: Path, key: str, allowed: Mapping[str, object] | set[str], what: str) -> None:
    if key not in allowed:
        close = get_close_matches(key, list(allowed), 1)
        hint = f" Did you mean '{close[0]}'?" if close else f" Known: {', '.join(sorted(allowed))}."
        raise ConfigInvalid(f"{path}: '{key}' is not {what}.{hint}")


def _table(path: Path, body: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = body.get(key, {})
    if not isinstance(found, dict):
        raise ConfigInvalid(f"{path}: [{key}] must be a table. Write '[{key}]' on a line of its own.")
    return found


def _text(path: Path, table: Mapping[str, object], key: str, default: str) -> str:
    found = table.get(key, default)
    if not isinstance(found, str):
        raise ConfigInvalid(f"{path}: '{key}' must be text in quotes, not {found!r}.")
    return found


def _flag(path: Path, table: Mapping[str, object], key: str, default: bool) -> bool:
    found = table.get(key, default)
    if not isinstance(found, bool):
        raise ConfigInvalid(f"{path}: '{key}' must be true or false, not {found!r}.")
    return found


def _names(path: Path, table: Mapping[str, object], key: str) -> tuple[str, ...] | None:
    found = table.get(key)
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise ConfigInvalid(f"{path}: '{key}' must be a list of names, for example {key} = [\"files\"].")
    return tuple(found)


def _precedence(path: Path, table: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """By aspect the sources (names or types) to be believed first, in order."""
    return {aspect: found for aspect in table if (found := _names(path, table, aspect)) is not None}


def _propagate(path: Path, table: Mapping[str, object]) -> tuple[str, ...]:
    named = _names(path, table, "propagate")
    for name in named or ():
        if name not in propagation.KINDS:
            known = ", ".join(propagation.KINDS)
            raise ConfigInvalid(
                f"{path}: nothing called '{name}' can be propagated. Use some of: {known}, or none: []."
            )
    return propagation.DEFAULT if named is None else named


def _access(path: Path, table: Mapping[str, object]) -> AccessSettings:
    level = _text(path, table, "default", "read")
    if level not in _LEVELS:
        raise ConfigInvalid(f"{path}: access default '{level}' is unknown. Use one of: {', '.join(_LEVELS)}.")
    return AccessSettings(
        _LEVELS[level],
        _flag(path, table, "hidden_until_classified", False),
        viewer_urn(_text(path, table, "guest", "guest")),
    )


def _audit(path: Path, table: Mapping[str, object]) -> AuditConfig:
    mode = _text(path, table, "mode", "")
    if mode and mode not in _MODES:
        raise ConfigInvalid(f"{path}: audit mode '{mode}' is unknown. Use one of: {', '.join(_MODES)}.")
    readers = _names(path, table, "readers")
    named = AuditConfig.readers if readers is None else tuple(_reader(one) for one in readers)
    return AuditConfig(_MODES.get(mode), _text(path, table, "writer", ""), named)


def _reader(text: str) -> str:
    """Who may read the audit, as rules of access write it: a URN, "role:auditor" or "everyone"."""
    return text if text.startswith("role:") or text == EVERYONE else viewer_urn(text)


def _llm(path: Path, table: Mapping[str, object], environ: Mapping[str, str]) -> ModelSettings:
    """The language model. Its key comes from the environment alone, so that no file holds it."""
    default = ModelSettings()
    name = _text(path, table, "model", "")
    if name and not all(name.partition(":")):
        raise ConfigInvalid(
            f"{path}: llm 'model' must be 'provider:name', for example \"openai:gpt-4.1\", not '{name}'."
        )
    return ModelSettings(
        name,
        _text(path, table, "base_url", ""),
        environ.get("DOCENT_LLM_API_KEY", ""),
        _number(path, table, "temperature", default.temperature, 0),
        int(_number(path, table, "max_calls", default.max_calls, 1)),
        int(_number(path, table, "max_tokens_in", default.max_tokens_in, 1)),
        int(_number(path, table, "max_tokens_out", default.max_tokens_out, 1)),
        _number(path, table, "deadline", default.deadline, 0.1),
        int(_number(path, table, "breaker_failures", default.breaker_failures, 1)),
        _number(path, table, "breaker_pause", default.breaker_pause, 0),
        _number(path, table, "price_in", default.price_in, 0),
        _number(path, table, "price_out", default.price_out, 0),
    )


def _number(path: Path, table: Mapping[str, object], key: str, default: float, least: float) -> float:
    found = table.get(key, default)
    if isinstance(found, bool) or not isinstance(found, int | float) or found < least:
        raise ConfigInvalid(f"{path}: '{key}' must be a number of at least {least:g}, not {found!r}.")
    return found


def _sources(path: Path, found: object, environ: Mapping[str, str]) -> tuple[SourceConfig, ...]:
    if not isinstance(found, list):
        raise ConfigInvalid(f"{path}: sources are written as '[[source]]' tables.")
    configs = tuple(_source(path, item, number, environ) for number, item in enumerate(found, 1))
    names = [config.name for config in configs]
    for name in names:
        if names.count(name) > 1:
            raise ConfigInvalid(f"{path}: two sources are called '{name}'. Give each its own name.")
    for name in names:
        if name in (*ENRICHERS, propagation.NAME):
            raise ConfigInvalid(f"{path}: no source may be called '{name}': that is what Docent adds itself.")
    return configs


def _source(path: Path, item: object, number: int, environ: Mapping[str, str]) -> SourceConfig:
    if not isinstance(item, dict):
        raise ConfigInvalid(f"{path}: source {number} must be a '[[source]]' table.")
    kind = _text(path, item, "type", "")
    target = _text(path, item, "path", "") or _text(path, item, "url", "")
    if not kind or not target:
        raise ConfigInvalid(f"{path}: source {number} needs 'type' and 'path' (or 'url').")
    rank = item.get("rank")
    if rank is not None and not isinstance(rank, int):
        raise ConfigInvalid(f"{path}: 'rank' of source {number} must be a whole number; lower is believed first.")
    options = {key: _option(path, key, value) for key, value in item.items() if key not in _SOURCE_KEYS}
    filled, shown = source_urls.filled(target, environ), source_urls.hidden(target)
    return SourceConfig(_text(path, item, "name", kind), kind, shown, options, rank, filled)


def _option(path: Path, key: str, value: object) -> Option:
    if isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise ConfigInvalid(f"{path}: '{key}' must be text, a number, true or false, or a list of texts.")
