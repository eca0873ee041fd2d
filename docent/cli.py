"""The command line: the root command and which commands there are. Each is in docent/commands.

Exit codes (docs/cli.md): 0 done, 2 bad input, 3 a source failed, 4 workspace, 5 index or model, 6 erased, 130 stopped.
Answers go to standard output, diagnostics to standard error.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from catalog.errors import DocentError
from docent import __version__
from docent.commands import (
    access,
    asking,
    auditing,
    checking,
    identifying,
    keeping,
    making,
    measuring,
    opening,
    tracing,
)


class _Program(click.Group):
    """The root command: turns Docent's own errors into one plain line and their exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DocentError as error:
            click.echo(f"docent: {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("docent: stopped. What was written before stays; run the command again to go on.", err=True)
            ctx.exit(130)
        except BrokenPipeError:
            sys.stderr.close()  # the reader of our output has gone (docent ... | head)
            ctx.exit(0)


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="docent")
def main() -> None:
    """Answers about your company's data, each sentence with the record that proves it."""


COMMANDS = (
    *(making.init, making.index, making.status),
    *(asking.ask, *asking.SKILL_COMMANDS, asking.changes, asking.search, asking.cite, asking.chat),
    *(tracing.lineage, tracing.path, tracing.impact, checking.lint, checking.check),
    *(auditing.audit, auditing.replay, identifying.identity),
    *(opening.demo, opening.ui, opening.slack),
    *(keeping.export, keeping.import_, keeping.backup, keeping.restore, keeping.erase),
    *(access.policy, access.access),
    *(measuring.evaluate, measuring.bench),
)
for command in COMMANDS:
    main.add_command(command)
