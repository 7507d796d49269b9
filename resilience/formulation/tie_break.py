"""Which of several plans of the same least cost is shown.

First      the least cost; nothing below changes it, and its duals prove every plan shown
Then       the fewest tonne-kilometres: tonnes that leave, times the length of the lane, added up over all
           lanes and periods. A lane is as long as the distance that its cost is made of; else as the great
           circle between its ends; else, where a location is unknown, it counts for nothing
Then       the order of ids: the lane that comes last carries as little as it can, then the one before it,
           and so on; then likewise every other activity, by kind and id. So of two lanes that are as good
           as each other the one that comes first is used. Of the same id, later periods come later.
           Kinds and ids are compared letter by letter, as Python compares texts
Not this   which levels are whole: they are fixed as the search over them left them
Source     Isermann (1982), Linear lexicographic optimization, OR Spektrum 4, 223-228
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from resilience.formulation.compile import Formulation
from resilience.program import Certificate, Labels, LinearProgram, Outcome, certify
from resilience.solvers.optimal_face import FaceError, OptimalFace

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

TieBreak = Literal["distance"]
"""How plans of the same cost are told apart."""

Picked = Literal["unique", "distance", "off", "solver"]
"""How the plan shown came to be the one: there is no other; as above; not asked for; the solver's own, since
the search failed, ran out of time or was not exact enough to be proved."""

SAME = 1e-9
"""Share of the cost by which a plan picked may differ from the solver's, which is rounding."""


def pick_plan(
    formulation: Formulation,
    program: LinearProgram,
    outcome: Outcome,
    certificate: Certificate,
    time_limit: float | None = None,
) -> tuple[Outcome, Certificate, Picked]:
    """Return the plan to show, its proof, and how it was picked.

    Parameters
    ----------
    formulation : Formulation
        Knows how long lanes are.
    program : LinearProgram
        The program that was solved, policies in force.
    outcome : Outcome
        An optimum; where levels must be whole, they stay.
    certificate : Certificate
        Its proof.
    time_limit : float, optional
        Most seconds.

    Returns
    -------
    outcome, certificate, picked
        The duals are those of the outcome given.
    """
    linear = program.fixed_at(outcome.x)
    face = OptimalFace(linear, outcome, time_limit)
    if face.is_point:
        return outcome, certificate, "unique"
    try:
        length = tonne_km(formulation, program)
        if length[face.columns].any():
            face.minimise(length)
        face.settle(lambda columns: settling_order(program.columns, columns))
    except FaceError:
        return outcome, certificate, "solver"
    proof = replace(certify(linear, face.x, outcome.y), integer_bound=certificate.integer_bound)
    if not proof.holds or proof.cost - certificate.cost > SAME * max(1.0, abs(certificate.cost)):
        return outcome, certificate, "solver"
    return replace(outcome, x=face.x), proof, "distance"


def tonne_km(formulation: Formulation, program: LinearProgram) -> FloatArray:
    """Return the km that a unit of each column moves a tonne; shape (n_columns,)."""
    length = np.zeros(program.n_columns)
    for start, block in program.columns.parts("ship"):
        length[start : start + block.size] = formulation.lanes.distance[block.numbers("id")]
    return length


def settling_order(labels: Labels, columns: IntArray) -> IntArray:
    """Return columns in the order in which each is made as low as those before it allow."""
    kinds, periods = labels.kinds()[columns], labels.texts("period", columns)
    fields = ("id", "policy", "site", "country", "commodity", "tier", "layer")
    texts = (labels.texts(name, columns) for name in fields)
    keys = zip((kinds != "ship").tolist(), kinds, *texts, periods, columns, strict=True)
    order = sorted(range(len(columns)), key=list(keys).__getitem__)
    is_lane = (kinds == "ship")[order]
    ranked = columns[order]
    return np.concatenate([ranked[is_lane][::-1], ranked[~is_lane][::-1]])
