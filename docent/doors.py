"""Starting the doors that are programs of their own: the Streamlit chat and the Slack bot."""

from __future__ import annotations

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from catalog.errors import ConfigInvalid
from docent.settings import find_root


def _require(module: str, extra: str) -> None:
    if find_spec(module) is None:
        raise ConfigInvalid(f"This needs the extra '{extra}'. Install it: pip install 'docent[{extra}]'")


def run_ui(workspace: Path, port: int) -> None:
    """Replace this process by Streamlit running the chat page on this machine's loopback address."""
    _require("streamlit", "ui")
    script = Path(__file__).with_name("ui_app.py")
    environ = dict(os.environ, DOCENT_WORKSPACE=str(find_root(workspace)))
    options = [
        "--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}",
        "--server.fileWatcherType=none", "--browser.gatherUsageStats=false", "--client.toolbarMode=minimal",
    ]  # fmt: skip
    click.echo(f"Docent is at http://127.0.0.1:{port}  (Ctrl-C ends it)")
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, "-m", "streamlit", "run", str(script), *options], environ)


def run_slack(workspace: Path) -> None:
    """Run the Slack bot in Socket Mode until it is stopped."""
    _require("slack_bolt", "slack")
    tokens = {name: os.environ.get(name, "") for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")}
    missing = [name for name, value in tokens.items() if not value]
    if missing:
        raise ConfigInvalid(f"Set {' and '.join(missing)}. docs/slack.md says where Slack shows them.")
    from docent.app import Docent
    from slackbot.app import serve

    with Docent.open(workspace, door="slack") as docent:
        serve(
            docent,
            tokens["SLACK_BOT_TOKEN"],
            tokens["SLACK_APP_TOKEN"],
            docent.settings.state_folder,
            docent.settings.access.guest,
            os.environ.get("SLACK_API_URL", ""),
        )


def print_manifest() -> None:
    """The Slack app manifest as JSON."""
    from slackbot.manifest import MANIFEST

    click.echo(json.dumps(MANIFEST, indent=2))
