"""Metrics, semantic models and saved queries of a manifest into records. Owns how their formulas are put into words.

Pure functions. Metrics of three ages are read: `sql`/`expression` over a model (manifest 2 to 9), measures of a
semantic model (10 on), and an aggregation in the metric itself (12, `metric_aggregation_params`).
"""

from __future__ import annotations

from collections.abc import Iterator

from indexer.sources.dbt.body import Body, spoken
from indexer.sources.dbt.records import Head, MetricDef

Measures = dict[str, tuple[str, str]]  # measure -> (formula, unique id of its semantic model)
Dimensions = dict[str, tuple[str, ...]]  # semantic model's unique id -> names


def measures_of(unique_id: str, body: Body) -> Measures:
    """The measures of a semantic model."""
    return {one.text("name"): (_aggregate(one, one.text("name")), unique_id) for one in body.listed("measures")}


def semantic_model(head: Head, body: Body) -> MetricDef:
    """A semantic model: the measures, dimensions and entities of a table."""
    measures = [f"{name} = {formula}" for name, (formula, _) in measures_of(head.id, body).items()]
    entities = [" ".join(filter(None, (one.text("name"), f"({one.text('type')})"))) for one in body.listed("entities")]
    return MetricDef(
        head=head,
        kind="semantic model",
        expression="\n".join(measures),
        dimensions=dimension_names(body),
        facts=_facts(entities=", ".join(entities), primary_entity=body.text("primary_entity")),
    )


def dimension_names(body: Body) -> tuple[str, ...]:
    """The names of a semantic model's dimensions."""
    return tuple(filter(None, (one.text("name") for one in body.listed("dimensions"))))


def metric_def(head: Head, body: Body, measures: Measures, dimensions: Dimensions) -> MetricDef:
    """A metric. Its dimensions are those of the semantic model it measures; of a metric made of metrics, none."""
    params = body.body("type_params")
    own = params.body("metric_aggregation_params")
    measure = params.body("measure").text("name")
    over = measures.get(measure, ("", ""))[1] or next((one for one in head.parents if one in dimensions), "")
    return MetricDef(
        head=head,
        kind=body.text("type", "calculation_method"),
        expression=_expression(body, params, own, measures),
        dimensions=body.texts("dimensions") or (dimensions.get(over, ()) if measure or own.held else ()),
        filters=(*_filters(body), *_filters(params.body("measure"))),
        grain=body.text("time_granularity") or ", ".join(body.texts("time_grains")),
        facts=_facts(
            measure=measure,
            window=_window(body.body("window")) or _window(params.body("window")),
            grain_to_date=params.text("grain_to_date"),
            timestamp=body.text("timestamp"),
        ),
    )


def saved_query(head: Head, body: Body) -> MetricDef:
    """A saved query: metrics, what they are grouped by, and where the rows are exported to."""
    query = body.body("query_params")
    order = ", ".join(query.texts("order_by"))
    exports = [f"{one.text('name')} ({one.body('config').text('export_as')})" for one in body.listed("exports")]
    return MetricDef(
        head=head,
        kind="saved query",
        expression=", ".join(query.texts("metrics")),
        dimensions=query.texts("group_by"),
        filters=tuple(_where(query.body("where"))),
        facts=_facts(exports=", ".join(exports), order_by=order, limit=query.scalar("limit")),
    )


def _expression(body: Body, params: Body, own: Body, measures: Measures) -> str:
    old = body.text("expression", "sql")
    if old:
        method = body.text("calculation_method", "type")
        return old if method in ("", "derived", "expression") else f"{method}({old})"
    written = params.text("expr")
    if own.held:
        return _aggregate(own, written)
    measure = params.body("measure").text("name")
    if measure:
        return measures.get(measure, (measure, ""))[0]
    if written:
        return written
    halves = [params.body(half).text("name") for half in ("numerator", "denominator")]
    if all(halves):
        return " / ".join(halves)
    return _conversion(params.body("conversion_type_params")) or _cumulative(params.body("cumulative_type_params"))


def _conversion(params: Body) -> str:
    base, made = (
        params.body(f"{side}_measure").text("name") or params.body(f"{side}_metric").text("name")
        for side in ("base", "conversion")
    )
    if not (base and made):
        return ""
    within = _window(params.body("window"))
    told = f"{made} per {base} of the same {params.text('entity') or 'entity'}"
    return f"{told} within {within}" if within else told


def _cumulative(params: Body) -> str:
    metric = params.body("metric").text("name")
    over = _window(params.body("window")) or params.text("grain_to_date")
    return f"{metric} accumulated" + (f" over {over}" if over else "") if metric else ""


def _aggregate(body: Body, fallback: str) -> str:
    """`sum(amount)`. A measure without an expression is over the column of its own name."""
    expression = body.scalar("expr") or fallback
    return f"{body.text('agg')}({expression})" if body.text("agg") else expression


def _window(body: Body) -> str:
    return " ".join(filter(None, (body.scalar("count"), body.text("granularity", "period"))))


def _filters(body: Body) -> Iterator[str]:
    """Filters, newer as where-clauses, older as (field, operator, value)."""
    if isinstance(body.held.get("filters"), list):
        for one in body.listed("filters"):
            yield " ".join(filter(None, (one.text("field"), one.text("operator"), spoken(one.held.get("value")))))
    yield from _where(body.body("filter"))


def _where(body: Body) -> Iterator[str]:
    """Manifest 10 has one where-clause; later ones have a list of them."""
    for one in (body, *body.listed("where_filters")):
        if one.text("where_sql_template"):
            yield one.text("where_sql_template")


def _facts(**facts: str) -> tuple[tuple[str, str], ...]:
    return tuple((key, value) for key, value in facts.items() if value)
