"""Golden programs: what each activity kind and policy puts into the program, as a text read by hand.

A difference here is no fault by itself. Read it: if it is meant, `python -m tests.golden` writes the new
text, and the commit shows what became of the program.
"""

from __future__ import annotations

import re

import highspy
import pytest

from resilience.policies import POLICIES
from resilience.solvers import HighsSession
from resilience.solvers.engine import new_highs
from tests.golden.programs import PROGRAMS, path_of


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_as_reviewed(name):
    assert PROGRAMS[name].text() == path_of(name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_golden_text_is_the_program(name):
    """HiGHS reads the text and finds the cost that it finds in the arrays: the text leaves nothing out."""
    program = PROGRAMS[name].program()
    highs = new_highs()
    assert highs.readModel(str(path_of(name))) == highspy.HighsStatus.kOk
    highs.run()
    outcome = HighsSession(program).solve()
    assert outcome.status == "optimal"
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    assert highs.getInfo().objective_function_value == pytest.approx(float(program.cost @ outcome.x))


def test_every_activity_kind_has_a_golden_program():
    """A kind is a block of columns in any of the programs; it must also stand in its own text."""
    kinds = {block.kind for golden in PROGRAMS.values() for block in golden.program().columns.blocks}
    assert kinds <= set(PROGRAMS), "add a program for the new kind to tests/golden/programs.py"
    for kind in kinds:
        assert f" {kind}(" in path_of(kind).read_text(encoding="utf-8")


def test_every_policy_has_a_golden_program():
    assert set(POLICIES) <= set(PROGRAMS), "add a program for the new policy to tests/golden/programs.py"
    for instrument in POLICIES:
        types = {policy["type"] for policy in PROGRAMS[instrument].sections["policies"].values()}
        assert types == {instrument}


def test_every_kind_of_row_stands_in_a_golden_program():
    kinds = {block.kind for golden in PROGRAMS.values() for block in golden.program().rows.blocks}
    texts = "".join(path_of(name).read_text(encoding="utf-8") for name in PROGRAMS)
    assert {kind for kind in kinds if not re.search(rf"^ {kind}\(", texts, re.MULTILINE)} == set()


def test_no_golden_text_is_left_over():
    assert {path.stem for path in path_of("x").parent.glob("*.lp")} == set(PROGRAMS)
