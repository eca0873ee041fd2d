"""What all dbt resources share: the head of a record, documentation blocks, and references to other resources.

Pure functions over one resource's JSON. Owns how `meta`, `tags` and `group` are found, which moved between versions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from indexer.sources.dbt.body import Body, Free
from indexer.sources.dbt.records import Head, Named

_DOC = re.compile(r"""\{\{\s*doc\(\s*['"]([^'"]+)['"]\s*(?:,\s*['"]([^'"]+)['"]\s*)?\)\s*\}\}""")
_REF = re.compile(
    r"""\bref\(\s*['"]([^'"]+)['"]\s*(?:,\s*['"]([^'"]+)['"]\s*)?(?:,\s*(?:v|version)\s*=\s*['"]?([\w.]+)['"]?\s*)?\)"""
)
_SOURCE = re.compile(r"""\bsource\(\s*['"]([^'"]+)['"]\s*,\s*['"]([^'"]+)['"]\s*\)""")


@dataclass(frozen=True)
class Docs:
    """The documentation blocks of a project, by (package, name)."""

    blocks: dict[tuple[str, str], str]

    def fill(self, text: str, package: str) -> str:
        """`text` with each doc('name') or doc('package', 'name') replaced by its block; an unknown one stays."""
        if "{{" not in text:
            return text
        return _DOC.sub(lambda found: self._block(found, package), text).strip()

    def _block(self, found: re.Match[str], package: str) -> str:
        name, within = (found[2], found[1]) if found[2] else (found[1], package)
        if (within, name) in self.blocks:
            return self.blocks[within, name]
        others = [] if found[2] else [block for (_, other), block in self.blocks.items() if other == name]
        return others[0] if len(others) == 1 else found[0]


def docs_of(manifest: Body) -> Docs:
    """The documentation blocks of a manifest."""
    return Docs(
        {(doc.text("package_name"), doc.text("name")): doc.text("block_contents") for _, doc in manifest.bodies("docs")}
    )


def head_of(unique_id: str, body: Body, docs: Docs, parents: tuple[str, ...]) -> Head:
    """The head of a resource. `parents`: what the parent map says, for manifests without `depends_on`."""
    config = body.body("config")
    package = body.text("package_name")
    depends = body.free("depends_on")
    return Head(
        ids=(unique_id,),
        pointer=body.pointer,
        name=body.text("name") or unique_id.rpartition(".")[2],
        type=body.text("resource_type") or unique_id.partition(".")[0],
        package=package or unique_id.partition(".")[2].partition(".")[0],
        path=body.text("original_file_path"),
        description=docs.fill(body.text("description"), package),
        label=body.text("label"),
        group=body.text("group") or config.text("group"),
        tags=labels(body, config),
        meta=body.free("source_meta") | body.free("meta") | config.free("meta"),
        parents=tuple(dict.fromkeys(body.body("depends_on").texts("nodes") if "nodes" in depends else parents)),
    )


def labels(body: Body, config: Body) -> tuple[str, ...]:
    """The tags of a node or column, each once, without a leading '#'."""
    return tuple(dict.fromkeys(tag.lstrip("#") for tag in body.texts("tags") + config.texts("tags") if tag.lstrip("#")))


def named(body: Body) -> Named:
    """The owner of an exposure or group; of several e-mails the first."""
    extra: Free = {key: value for key, value in body.held.items() if key not in ("name", "email")}
    return Named(body.text("name"), next(iter(body.texts("email")), ""), extra)


def referred(code: str, candidates: Iterable[str]) -> str:
    """The one of `candidates` (unique ids) that the ref() or source() call in `code` means, or ""."""
    ref, source = _REF.search(code), _SOURCE.search(code)
    if ref:
        package, name = (ref[1], ref[2]) if ref[2] else ("", ref[1])
        wanted = [one for one in candidates if _means(one.split("."), package, name, ref[3] or "")]
    elif source:
        tail = ".".join(source.groups())
        wanted = [one for one in candidates if one.startswith("source.") and one.split(".", 2)[2:] == [tail]]
    else:
        return ""
    return wanted[0] if len(wanted) == 1 else ""


def _means(parts: list[str], package: str, name: str, version: str) -> bool:
    """Whether the parts of `model.package.name` or `model.package.name.v2` are what a ref() names."""
    if len(parts) < 3 or parts[0] == "source" or parts[2] != name or (package and parts[1] != package):
        return False
    return not version or parts[3:] == [f"v{version}"]
