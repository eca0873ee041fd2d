"""Rebuilds the warehouse and dbt's artifacts: runs dbt for real, then copies four files to company/dbt/target.

Needs dbt-core and dbt-duckdb in an environment of their own (they pin other versions than Docent):
    python -m venv /tmp/dbtvenv && /tmp/dbtvenv/bin/pip install dbt-core dbt-duckdb
    python -m demo.rebuild --dbt /tmp/dbtvenv/bin/dbt
The only edits to the artifacts are removals: paths and ids of this machine, and the text of dbt's own macros.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PROJECT = HERE / "dbt"
TARGET = HERE / "company" / "dbt" / "target"
# `dbt docs generate` overwrites run_results.json, so each file is taken after the command that it tells of.
STEPS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("build",), ("run_results.json",)),
    (("docs", "generate"), ("manifest.json", "catalog.json")),
    (("source", "freshness"), ("sources.json",)),
)
EXPECTED_FAILURES = {"build", "source"}  # one test fails and one source is stale: that is part of the story
MACHINE_KEYS = {"user_id", "project_id", "env"}


def run_dbt(dbt: Path, work: Path) -> None:
    """Run the steps; raises CalledProcessError when dbt fails where the story has no failure."""
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(work), "DEMO_WAREHOUSE": str(work / "veldrad.duckdb"),
        "DBT_PROFILES_DIR": str(PROJECT), "DBT_TARGET_PATH": str(work / "target"), "DBT_LOG_PATH": str(work / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }  # fmt: skip
    for command, artifacts in STEPS:
        done = subprocess.run([str(dbt), *command], cwd=PROJECT, env=environment, check=False)
        if done.returncode and not (done.returncode == 1 and command[0] in EXPECTED_FAILURES):
            raise subprocess.CalledProcessError(done.returncode, [str(dbt), *command])
        for artifact in artifacts:
            shutil.copy(work / "target" / artifact, work / artifact)


def without_machine(value: object, secrets: tuple[str, ...]) -> object:
    """The same JSON without what tells of the machine: paths cut from strings, ids dropped."""
    if isinstance(value, dict):
        return {key: without_machine(item, secrets) for key, item in value.items() if key not in MACHINE_KEYS}
    if isinstance(value, list):
        return [without_machine(item, secrets) for item in value]
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, "")
    return value


def publish(work: Path) -> None:
    """Write the cleaned artifacts, compact, with sorted keys so that a rebuild makes a small diff."""
    TARGET.mkdir(parents=True, exist_ok=True)
    folders = (str(PROJECT.resolve()), str(work.resolve()))
    secrets = (*(f"{folder}/" for folder in folders), *folders)
    for artifact in (name for _, names in STEPS for name in names):
        content = json.loads((work / artifact).read_text(encoding="utf-8"))
        if artifact == "manifest.json":
            content["macros"] = {key: macro for key, macro in content["macros"].items() if ".veldrad." in key}
        cleaned = without_machine(content, secrets)
        text = json.dumps(cleaned, ensure_ascii=False, sort_keys=True, indent=0, separators=(",", ":"))
        (TARGET / artifact).write_text(text + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Rebuild the demo company's warehouse and dbt artifacts.")
    parser.add_argument("--dbt", type=Path, required=True, help="the dbt program, for example /tmp/dbtvenv/bin/dbt")
    dbt: Path = parser.parse_args().dbt
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        # dbt's own Python builds the file: another version of duckdb may not be able to open it.
        python = [str(dbt.parent / "python"), "-m", "demo.warehouse", str(work / "veldrad.duckdb")]
        subprocess.run(python, cwd=HERE.parent, check=True)
        run_dbt(dbt, work)
        publish(work)


if __name__ == "__main__":
    main()
