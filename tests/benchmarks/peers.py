"""The same networks in other people's tools, each built and set as fast as we know how.

Every peer is a function: numbers in; a `Built` out, whose ``solve`` returns the least cost. What a peer
was set to stands in `SETTINGS`, and in the table. A peer that is not installed raises ImportError.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from resilience.program import LinearProgram
from resilience.solvers.engine import load, run
from tests.benchmarks.generate import SHORTFALL_COST, STAGES, Layered, program_of

INTERIOR = 10_000
"""From this many columns on, a peer that uses HiGHS is given the interior point, which is then faster."""


@dataclass(frozen=True)
class Built:
    """A program built in a peer; ``solve`` solves it and returns the least cost."""

    solve: Callable[[], float]


def best_of_highs(program: LinearProgram) -> str:
    """Return which solver of HiGHS is the fastest for a program of this size."""
    return "ipm" if program.n_columns >= INTERIOR else "simplex"


def bare_highs(solver: str) -> Callable[[LinearProgram], Built]:
    """HiGHS on the arrays and nothing else: the limit of what a tool around it can do by itself."""

    def build(program: LinearProgram) -> Built:
        highs = load(program)
        highs.setOptionValue("solver", solver)

        def solve() -> float:
            found = run(highs, None)
            assert found.status == "optimal", found.word
            return float(program.cost @ found.x)

        return Built(solve)

    return build


def pulp(program: LinearProgram) -> Built:
    import pulp

    model = pulp.LpProblem("network", pulp.LpMinimize)
    bounds = zip(program.col_lower.tolist(), program.col_upper.tolist(), strict=True)
    columns = [
        pulp.LpVariable(f"x{n}", low, None if high == np.inf else high)
        for n, (low, high) in enumerate(bounds)
    ]
    model += pulp.LpAffineExpression(list(zip(columns, program.cost.tolist(), strict=True)))
    rows = program.matrix.tocsr()
    starts, indices, values = rows.indptr.tolist(), rows.indices.tolist(), rows.data.tolist()
    for n, right in enumerate(program.row_lower.tolist()):
        own = slice(starts[n], starts[n + 1])
        terms = [(columns[j], value) for j, value in zip(indices[own], values[own], strict=True)]
        model += pulp.LpConstraint(pulp.LpAffineExpression(terms), pulp.LpConstraintEQ, rhs=right)
    solver = pulp.HiGHS(msg=False, solver=best_of_highs(program))

    def solve() -> float:
        model.solve(solver)
        return float(pulp.value(model.objective))

    return Built(solve)


def linopy(program: LinearProgram) -> Built:
    import linopy
    import xarray

    model = linopy.Model()
    x = model.add_variables(
        lower=program.col_lower, upper=program.col_upper, coords=[np.arange(program.n_columns)], name="x"
    )
    labels = x.labels.to_numpy()
    rows = program.matrix.tocsr()
    counts = np.diff(rows.indptr)
    width = int(counts.max())
    place = np.arange(len(rows.data)) - np.repeat(rows.indptr[:-1], counts)
    row = np.repeat(np.arange(program.n_rows), counts)
    coeffs, variables = np.full((program.n_rows, width), np.nan), np.full((program.n_rows, width), -1)
    coeffs[row, place], variables[row, place] = rows.data, labels[rows.indices]
    terms = xarray.Dataset(
        {"coeffs": (("row", "_term"), coeffs), "vars": (("row", "_term"), variables)},
        {"row": np.arange(program.n_rows)},
    )
    right = xarray.DataArray(program.row_lower, dims="row", coords={"row": np.arange(program.n_rows)})
    model.add_constraints(linopy.LinearExpression(terms, model) == right, name="rows")
    model.add_objective((x * program.cost).sum())

    def solve() -> float:
        model.solve(
            solver_name="highs",
            io_api="direct",
            output_flag=False,
            solver=best_of_highs(program),
        )
        return float(model.objective.value)

    return Built(solve)


def pyomo(program: LinearProgram) -> Built:
    import pyomo.environ as pyo
    from pyomo.core.expr.numeric_expr import LinearExpression

    model = pyo.ConcreteModel()
    bounds = list(zip(program.col_lower.tolist(), program.col_upper.tolist(), strict=True))
    model.x = pyo.Var(range(program.n_columns), bounds=lambda _, j: bounds[j])
    columns = list(model.x.values())
    model.cost = pyo.Objective(
        expr=LinearExpression(constant=0, linear_coefs=program.cost.tolist(), linear_vars=columns)
    )
    rows = program.matrix.tocsr()
    starts, indices, values = rows.indptr.tolist(), rows.indices.tolist(), rows.data.tolist()
    right = program.row_lower.tolist()

    def balance(_: Any, n: int) -> Any:
        own = slice(starts[n], starts[n + 1])
        named = [columns[j] for j in indices[own]]
        return LinearExpression(constant=0, linear_coefs=values[own], linear_vars=named) == right[n]

    model.rows = pyo.Constraint(range(program.n_rows), rule=balance)
    solver = pyo.SolverFactory("appsi_highs")
    solver.highs_options = {"solver": best_of_highs(program)}

    def solve() -> float:
        solver.solve(model)
        return float(pyo.value(model.cost))

    return Built(solve)


def ortools_lp(solver: str) -> Callable[[LinearProgram], Built]:
    """OR-tools' linear solvers, filled from a sparse matrix."""

    def build(program: LinearProgram) -> Built:
        from ortools.linear_solver.python import model_builder_helper as helper
        from scipy.sparse import csr_matrix

        model = helper.ModelBuilderHelper()
        model.fill_model_from_sparse_data(
            program.col_lower,
            program.col_upper,
            program.cost,
            program.row_lower,
            program.row_upper,
            csr_matrix(program.matrix.tocsr()),
        )

        def solve() -> float:
            engine = helper.ModelSolverHelper(solver)
            if solver == "pdlp":  # as near to the optimum as the others come
                engine.set_solver_specific_parameters(
                    "termination_criteria { simple_optimality_criteria "
                    "{ eps_optimal_absolute: 1e-8 eps_optimal_relative: 1e-8 } }"
                )
            engine.solve(model)
            return float(engine.objective_value())

        return Built(solve)

    return build


def pypsa(made: Layered) -> Built:
    import logging

    import pypsa

    logging.disable(logging.WARNING)
    network = pypsa.Network()
    network.set_snapshots(range(made.periods))
    width, reach = made.width, float(made.wanted.sum() * 100)
    out = np.array([[f"{stage} {n} out" for n in range(width)] for stage in STAGES])
    into = np.array([[f"{stage} {n} in" for n in range(width)] for stage in (*STAGES, "demand")])
    by = np.array([f"by {n}" for n in range(width)])
    network.add("Bus", [*out.ravel(), *into[1:].ravel(), *by])
    network.add(
        "Generator", out[0], bus=out[0], p_nom=made.capacity[0], marginal_cost=made.cost[0], suffix=" mine"
    )
    second = np.full((3, width), "", dtype=object)
    second[1] = by
    shares = np.ones((3, width))
    shares[1] = made.by_share
    network.add(
        "Link",
        out[1:].ravel(),
        suffix=" plant",
        bus0=into[1:4].ravel(),
        bus1=out[1:].ravel(),
        bus2=second.ravel(),
        efficiency=made.yields[1:].ravel(),
        efficiency2=shares.ravel(),
        p_nom=made.capacity[1:].ravel(),
        marginal_cost=made.cost[1:].ravel(),
    )
    gap, start, end = np.indices(made.freight.shape).reshape(3, -1)
    network.add(
        "Link",
        [f"lane {n}" for n in range(len(gap))],
        bus0=out[gap, start],
        bus1=into[gap + 1, end],
        efficiency=1.0 - made.loss.ravel(),
        p_nom=reach,
        marginal_cost=made.freight.ravel(),
    )
    network.add(
        "Generator", by, bus=by, p_nom=reach, p_min_pu=-1.0, p_max_pu=0.0, marginal_cost=-made.by_cost
    )
    network.add("Generator", into[4], bus=into[4], p_nom=reach, marginal_cost=SHORTFALL_COST, suffix=" short")
    network.add("Load", into[4], bus=into[4], p_set=made.wanted.T if made.periods > 1 else made.wanted[:, 0])
    if made.periods > 1:
        network.add(
            "Store", out[3], bus=out[3], e_nom=made.stock, marginal_cost_storage=made.holding, suffix=" stock"
        )
    solver = "ipm" if made.freight.size * made.periods >= INTERIOR else "simplex"

    def solve() -> float:  # not network.optimize(), most of whose time goes into the topology of power lines
        model = network.optimize.create_model(include_objective_constant=False)
        model.solve("highs", io_api="direct", solver=solver, output_flag=False, log_to_console=False)
        return float(model.objective.value)

    return Built(solve)


def flow_arcs(made: Layered) -> tuple[Any, ...]:
    """Return tail, head, capacity, cost of the arcs of a lossless network, and what each node wants.

    Every plant is two nodes; a source feeds the mines and, at the cost of falling short, the demands.
    """
    program = program_of(made)
    dense = program.matrix
    tails, heads = np.full(program.n_columns, program.n_rows), np.full(program.n_columns, program.n_rows)
    column = program.entry_columns
    gives = dense.data > 0
    heads[column[gives & (dense.data != 0)]] = dense.indices[gives]
    takes = dense.data < 0
    tails[column[takes]] = dense.indices[takes]
    used = ~program.columns.kinds().__eq__("dispose")
    total = int(made.wanted.sum())
    capacity = np.minimum(program.col_upper, total).astype(np.int64)
    wanted = np.append(program.row_lower, -made.wanted.sum()).astype(np.int64)
    return tails[used], heads[used], capacity[used], program.cost.astype(np.int64)[used], wanted


def ortools_flow(made: Layered) -> Built:
    from ortools.graph.python import min_cost_flow

    tail, head, capacity, cost, wanted = flow_arcs(made)
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(tail, head, capacity, cost)
    flow.set_nodes_supplies(np.arange(len(wanted)), -wanted)

    def solve() -> float:
        assert flow.solve() == flow.OPTIMAL
        return float(flow.optimal_cost())

    return Built(solve)


def networkx_flow(made: Layered) -> Built:
    import networkx as nx

    arcs = flow_arcs(made)
    graph = nx.DiGraph()
    graph.add_nodes_from((node, {"demand": want}) for node, want in enumerate(arcs[4].tolist()))
    graph.add_edges_from(
        (tail, head, {"capacity": most, "weight": cost})
        for tail, head, most, cost in zip(*(part.tolist() for part in arcs[:4]), strict=True)
    )

    def solve() -> float:
        return float(nx.network_simplex(graph)[0])

    return Built(solve)
