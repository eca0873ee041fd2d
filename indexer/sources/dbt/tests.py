"""Data tests and unit tests of a manifest into records. Owns the finding of what a test is on. Pure functions."""

from __future__ import annotations

from indexer.sources.dbt.body import Body
from indexer.sources.dbt.records import Head, Test
from indexer.sources.dbt.resource import referred

_PLUMBING = frozenset({"model", "column_name"})  # arguments that say where a test stands, not what it asks


def data_test(head: Head, body: Body) -> Test:
    """A generic or singular data test. Refused if nothing says what it is on: RecordInvalid."""
    generic = body.body("test_metadata")
    arguments = generic.free("kwargs")
    config = body.body("config")
    namespace, name = generic.text("namespace"), generic.text("name")
    column = body.text("column_name") or arguments.get("column_name")
    return Test(
        head=head,
        on=_on(head, body, str(arguments.get("model", ""))),
        kind=f"{namespace}.{name}" if namespace and name else name or "singular",
        column=column.strip('"`[]') if isinstance(column, str) else "",
        severity=config.text("severity").lower(),
        arguments={key: value for key, value in arguments.items() if key not in _PLUMBING},
        partial=bool(config.text("where")),
    )


def unit_test(head: Head, body: Body) -> Test:
    """A unit test: given these rows, the model makes those. Refused if its model is not told: RecordInvalid."""
    model = body.text("model")
    same = [one for one in head.parents if one.split(".")[2:3] == [model]]
    on = tuple(same) or tuple(one for one in head.parents if one.startswith("model."))[:1]
    if not on:
        body.refuse(f"The unit test '{head.id}' does not say which model it is on. Run 'dbt parse' again.")
    return Test(head=head, on=on, kind="unit_test")


def _on(head: Head, body: Body, model: str) -> tuple[str, ...]:
    """The nodes a data test is on: attached, named by its arguments, the only parent, or all parents of a singular one.

    A `relationships` test depends on both tables, so the parents alone do not tell which of them it is on.
    """
    attached = body.text("attached_node") or referred(model, head.parents)
    if attached:
        return (attached,)
    named = body.text("file_key_name").partition(".")[2]
    same = tuple(one for one in head.parents if named and one.split(".")[2:3] == [named])
    on = same or head.parents
    if not on:
        body.refuse(f"The test '{head.id}' does not say which table it is on. Run 'dbt parse' again.")
    return on
