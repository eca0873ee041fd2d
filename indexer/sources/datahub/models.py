"""Readers of models, versions, features, deployments, training runs, agents and metrics. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.ai_aspects import Agent, AgentTool, Feature, FeatureView, ModelInfo, ModelVersion, TrainingRun
from catalog.aspects import ColumnEdge, Info, Lineage, Link, Links, Logic, Metric, Pairs, Tags, Upstream
from catalog.urn import name_of, parse
from indexer.sources.datahub.body import Body
from indexer.sources.datahub.common import described, edited, key
from indexer.sources.datahub.lineage import destinations, reads
from indexer.sources.datahub.piece import Piece, Reader
from indexer.sources.datahub.proposal import Proposal
from indexer.sources.datahub.tables import column_of

Metrics = tuple[tuple[str, float], ...]


def _model(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    yield from described(proposal, body, "name")
    features, groups = body.urns("mlFeatures"), body.urns("groups")
    runs = body.urns("trainingJobs")
    metrics, words = _metrics(body, "trainingMetrics")
    online, online_words = _metrics(body, "onlineMetrics", "online ")
    value = ModelVersion(
        version=body.body("version").text("versionTag"),
        algorithm=body.text("type"),
        trained_at=body.time("date"),
        training_run=runs[0] if runs else "",
        features=features,
        metrics=metrics + online,
        hyperparameters=_parameters(body),
    )
    yield Piece(proposal.urn, value)
    yield Piece(proposal.urn, Info(parent=groups[0] if groups else "", properties=words + online_words))
    yield Piece(proposal.urn, reads(features, "uses"))
    yield Piece(proposal.urn, reads(runs, "trained by"))
    for group in groups:
        yield Piece(group, reads((proposal.urn,), "contains"))
    for deployment in body.urns("deployments"):
        yield Piece(deployment, reads((proposal.urn,), "serves"))
    for job in body.urns("downstreamJobs"):
        yield Piece(job, reads((proposal.urn,), "uses"))
    if tags := body.texts("tags"):
        yield Piece(proposal.urn, Tags(tags))


def _metrics(body: Body, name: str, prefix: str = "") -> tuple[Metrics, Pairs]:
    """The measurements that are numbers, and those that are words."""
    numbers: dict[str, float] = {}
    words: dict[str, str] = {}
    for item in body.bodies(name):
        label, value = prefix + item.text("name"), item.number("value")
        if label and value is not None:
            numbers[label] = value
        elif label and item.text("value"):
            words[label] = item.text("value")
    return tuple(sorted(numbers.items())), tuple(sorted(words.items()))


def _parameters(body: Body) -> Pairs:
    held = dict(body.pairs("hyperParameters"))
    held |= {item.text("name"): item.text("value") for item in body.bodies("hyperParams") if item.text("name")}
    return tuple(sorted(held.items()))


def _model_group(proposal: Proposal) -> Iterator[Piece]:
    yield from described(proposal, proposal.body, "name")
    for job in proposal.body.urns("downstreamJobs"):
        yield Piece(job, reads((proposal.urn,), "uses"))


def _version(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    version = body.body("version").text("versionTag")
    aliases = ", ".join(text for item in body.bodies("aliases") if (text := item.text("versionTag")))
    if proposal.entity == "mlModel":
        yield Piece(proposal.urn, ModelVersion(version=version, stage=aliases))
    told: Pairs = (("version", version), ("aliases", aliases), ("comment", body.text("comment")))
    yield Piece(proposal.urn, Info(properties=tuple((name, text) for name, text in told if text)))


def _data(proposal: Proposal) -> Iterator[Piece]:
    """Training and evaluation data: lineage, and with training data what the version was trained on."""
    training = proposal.aspect == "mlModelTrainingData"
    items = proposal.body.bodies("trainingData" if training else "evaluationData")
    urns = tuple(dict.fromkeys(urn for item in items if (urn := item.urn("dataset"))))
    if training:
        yield Piece(proposal.urn, ModelVersion(training_sets=urns))
    yield Piece(proposal.urn, reads(urns, "trained on" if training else "evaluated on"))
    said = [
        (f"{'training' if training else 'evaluation'} data {name_of(urn)}", text)
        for item in items
        if (urn := item.urn("dataset"))
        and (text := "; ".join((item.text("motivation"), *item.texts("preProcessing"))).strip("; "))
    ]
    yield Piece(proposal.urn, Info(properties=tuple(said)))


def _measures(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    labels = {"performanceMeasures": "performance measures", "decisionThreshold": "decision threshold"}
    told = [(label, ", ".join(words)) for name, label in labels.items() if (words := body.texts(name))]
    yield Piece(proposal.urn, Info(properties=tuple(told)))


def _analyses(proposal: Proposal) -> Iterator[Piece]:
    labels = {"unitaryResults": "unitary results", "intersectionalResults": "intersectional results"}
    told = [(label, text) for name, label in labels.items() if (text := proposal.body.text(name))]
    yield Piece(proposal.urn, Info(properties=tuple(told)))


def _use(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    users = ", ".join(text.lower() for text in body.texts("primaryUsers"))
    yield Piece(
        proposal.urn,
        ModelInfo(
            intended_use="\n".join(body.texts("primaryUses")), out_of_scope="\n".join(body.texts("outOfScopeUses"))
        ),
    )
    yield Piece(proposal.urn, Info(properties=(("primary users", users),) if users else ()))


def _caveats(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    caveats = body.body("caveats")
    lines = [
        caveats.text("caveatDescription"),
        _line("Not represented", caveats.texts("groupsNotRepresented")),
        "Needs further testing." if caveats.flag("needsFurtherTesting") else "",
        _line("Recommendations", (body.text("recommendations"),)),
        _line("Ideal data", body.texts("idealDatasetCharacteristics")),
    ]
    yield Piece(proposal.urn, ModelInfo(limitations="\n".join(line for line in lines if line)))


def _ethics(proposal: Proposal) -> Iterator[Piece]:
    labels = {
        "risksAndHarms": "Risks and harms",
        "humanLife": "Human life",
        "data": "Sensitive data",
        "useCases": "Use cases",
        "mitigations": "Mitigations",
    }
    told = [(label, ", ".join(words)) for name, label in labels.items() if (words := proposal.body.texts(name))]
    yield Piece(proposal.urn, Info(properties=tuple(told)))


def _line(label: str, words: tuple[str, ...]) -> str:
    return f"{label}: {', '.join(words)}" if any(words) else ""


def _source_code(proposal: Proposal) -> Iterator[Piece]:
    links = [
        Link(url, item.text("type").replace("_", " ").lower())
        for item in proposal.body.bodies("sourceCode")
        if (url := item.text("sourceCodeUrl"))
    ]
    yield Piece(proposal.urn, Links(tuple(links)))


def _deployment(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    yield from described(proposal, body)
    told: Pairs = (
        ("status", body.text("status").replace("_", " ").lower()),
        ("version", body.body("version").text("versionTag")),
    )
    yield Piece(proposal.urn, Info(properties=tuple((name, text) for name, text in told if text)))


def _feature(proposal: Proposal) -> Iterator[Piece]:
    """A feature, or a primary key: the entity of its feature table."""
    body = proposal.body
    yield from described(proposal, body)
    yield Piece(proposal.urn, Feature(type=body.text("dataType").lower()))
    if proposal.entity == "mlPrimaryKey":
        yield Piece(proposal.urn, Info(subtype="primary key"))
    tables, edges = [], []
    for source in body.urns("sources"):
        table, column = column_of(source)
        tables.append(table or source)
        if column:
            edges.append(ColumnEdge(table, column, name_of(proposal.urn)))
    upstreams = tuple(Upstream(urn, "built from") for urn in dict.fromkeys(tables))
    yield Piece(proposal.urn, Lineage(upstreams, tuple(edges)))


def _feature_table(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    yield from described(proposal, body)
    features, keys = body.urns("mlFeatures"), body.urns("mlPrimaryKeys")
    yield Piece(proposal.urn, FeatureView(tuple(name_of(urn) for urn in keys), features))
    yield Piece(proposal.urn, reads((*features, *keys), "contains"))
    entity = name_of(keys[0]) if len(keys) == 1 else ""
    for urn in (*features, *keys):
        yield Piece(urn, Feature(entity=entity, view=proposal.urn))


def _training_run(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    metrics, words = _metrics(body, "trainingMetrics")
    yield Piece(proposal.urn, TrainingRun(parameters=_parameters(body), metrics=metrics))
    yield Piece(proposal.urn, Info(url=body.text("externalUrl"), properties=words + body.pairs("customProperties")))


def _agent(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    yield from described(proposal, body)
    if text := body.text("instructions"):
        yield Piece(proposal.urn, Logic(text, language="prompt"))
    yield Piece(proposal.urn, AgentTool() if proposal.entity == "agentSkill" else Agent())


def _agent_parts(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    models, tools = body.urns("models"), (*body.urns("tools"), *body.urns("skills"))
    yield Piece(proposal.urn, Agent(models[0] if models else "", tools=tools))
    yield Piece(proposal.urn, reads((*models, *tools), "uses"))


def _tool(proposal: Proposal) -> Iterator[Piece]:
    yield from described(proposal, proposal.body)


def _metric(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    yield from described(proposal, body)
    forms = body.body("expression").bodies("dialects")
    yield Piece(proposal.urn, Metric(forms[0].text("expression") if forms else ""))
    yield Piece(proposal.urn, Info(parent=body.urn("semanticModel")))


def _metric_sources(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    metrics = destinations(body, "none", "derivedFrom")
    fields = [column_of(urn) for urn in destinations(body, "none", "fieldUpstreams")]
    tables = (*destinations(body, "none", "datasetUpstreams"), *(table for table, _ in fields if table))
    edges = tuple(ColumnEdge(table, column, parse(proposal.urn).parts[-1]) for table, column in fields if table)
    upstreams = tuple(Upstream(urn, "built from") for urn in dict.fromkeys((*tables, *metrics)))
    yield Piece(proposal.urn, Lineage(upstreams, edges))


READERS: dict[str, Reader] = {
    "mlModelKey": key,
    "mlModelProperties": _model,
    "editableMlModelProperties": edited,
    "mlModelGroupKey": key,
    "mlModelGroupProperties": _model_group,
    "editableMlModelGroupProperties": edited,
    "versionProperties": _version,
    "mlModelTrainingData": _data,
    "mlModelEvaluationData": _data,
    "mlModelMetrics": _measures,
    "mlModelQuantitativeAnalyses": _analyses,
    "intendedUse": _use,
    "mlModelCaveatsAndRecommendations": _caveats,
    "mlModelEthicalConsiderations": _ethics,
    "sourceCode": _source_code,
    "mlModelDeploymentKey": key,
    "mlModelDeploymentProperties": _deployment,
    "mlFeatureKey": key,
    "mlFeatureProperties": _feature,
    "editableMlFeatureProperties": edited,
    "mlPrimaryKeyKey": key,
    "mlPrimaryKeyProperties": _feature,
    "editableMlPrimaryKeyProperties": edited,
    "mlFeatureTableKey": key,
    "mlFeatureTableProperties": _feature_table,
    "editableMlFeatureTableProperties": edited,
    "mlTrainingRunProperties": _training_run,
    "aiAgentKey": key,
    "aiAgentInfo": _agent,
    "aiAgentDependencies": _agent_parts,
    "agentSkillKey": key,
    "agentSkillInfo": _agent,
    "apiKey": key,
    "apiProperties": _tool,
    "serviceKey": key,
    "serviceProperties": _tool,
    "metricKey": key,
    "metricInfo": _metric,
    "metricUpstreams": _metric_sources,
    "metricRelationships": _metric_sources,
}
