"""A graph's problems in GraphQL, all of them at once, each with its place and what to do; it changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.graphql.guard import query
from schema.access import Right
from schema.adapting import adapt
from schema.block import BlockSpec
from schema.check import Problem, check
from schema.errors import UnsupportedFormat
from schema.graph import Graph, parse_graph
from schema.placeholders import with_placeholders


@strawberry.enum(
    description="An error keeps a graph from being published and from running; a warning does not keep it from being published."
)
class Severity(Enum):
    ERROR = "error"
    WARNING = "warning"


@strawberry.type(description="One thing that is wrong with a graph: where, what, and what to do.")
class GraphProblem:
    code: str = strawberry.field(description="Which kind of problem, such as DANGLING_LINK.")
    message: str
    remedy: str
    severity: Severity
    node_id: str | None = strawberry.field(default=None, description="The node, as the document names it.")
    pin: str | None = None
    link_id: str | None = None
    graph_id: str | None = strawberry.field(default=None, description="The bundled agent, if it is in one.")
    path: list[str] = strawberry.field(
        default_factory=list, description="Where in the document, for a document that is no graph at all."
    )


def problem_of(problem: Problem) -> GraphProblem:
    """Give a problem of ours as clients see it."""
    return GraphProblem(
        code=problem.code,
        message=problem.message,
        remedy=problem.remedy,
        severity=Severity(problem.severity),
        node_id=problem.node_id,
        pin=problem.pin,
        link_id=problem.link_id,
        graph_id=problem.graph_id,
    )


def found_in(graph: Graph, specs: Mapping[str, BlockSpec]) -> list[Problem]:
    """Check a graph; a block that nobody knows is one that is not installed."""
    return check(graph, with_placeholders(graph, specs))


def problems_in(graph: Graph, specs: Mapping[str, BlockSpec]) -> list[GraphProblem]:
    """Give every problem of a graph as clients see it."""
    return [problem_of(problem) for problem in found_in(graph, specs)]


def _of_form(error: UnsupportedFormat) -> list[GraphProblem]:
    """Give the problems of a document that is no graph."""
    named = error.fields.get("problems") or [{"message": error.message}]
    return [
        GraphProblem(
            code=error.code,
            message=str(one["message"]),
            remedy="Correct the document at this place.",
            severity=Severity.ERROR,
            path=str(one["where"]).split(".") if one.get("where") else [],
        )
        for one in named
    ]


@strawberry.type
class GraphProblemsQuery:
    @query(Right.READ_GRAPHS, "Every problem of a document at once: of its form, or else of the graph that it is.")
    async def check_graph(
        self,
        info: strawberry.Info,
        document: JSON,
        as_imported: Annotated[
            bool, strawberry.argument(description="As an import would keep it: what that mends is no problem.")
        ] = False,
    ) -> list[GraphProblem]:
        call: Call = info.context
        specs = call.services.registry.specs
        try:
            graph = parse_graph(document)
        except UnsupportedFormat as error:
            return _of_form(error)
        return problems_in(adapt(graph, specs).graph if as_imported else graph, specs)
