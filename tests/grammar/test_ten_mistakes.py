"""Ten different mistakes in one file: ten problems, each with its place and with what was meant."""

from __future__ import annotations

from tests.grammar.faults import place_in, problems_of, spoilt

MISTAKES = [
    # what was right, what stands there, what is pointed at, its path, what the message says
    (
        "mass: t, currency: USD",
        "mass: t, currency: $",
        "$",
        "units.currency",
        "'$' is not a currency; write its three-letter code, such as USD",
    ),
    (
        "allies: [AUS, USA]",
        "allies: [AUS, NO]",
        "NO",
        "blocs.allies.1",
        "unknown country 'NO'; did you mean 'NOR' (Norway)?",
    ),
    (
        "price: 62 USD/kg",
        "price: 62 EUR/kg",
        "62 EUR/kg",
        "commodities.oxide.price",
        "'EUR/kg' is not a unit of USD/t",
    ),
    (
        "inputs: {ore: 1}",
        "inputs: {ore: 1, ore: 2}",
        "ore: 2",
        "processes.separation.inputs.ore",
        "stands twice; the first is on line 23",
    ),
    (
        "2026: 70000",
        "2026-13: 70000",
        "2026-13",
        "facilities.pit.capacity.2026-13",
        "'2026-13' is not a date; write 2025, 2025-04 or 2025-04-15",
    ),
    (
        "process: separation, capacity: 80000",
        "process: seperation, capacity: 80000",
        "seperation",
        "facilities.plant.process",
        "unknown process 'seperation'; did you mean 'separation'?",
    ),
    (
        "minimum: 10",
        "minium: 10",
        "minium",
        "facilities.plant.minium",
        "unknown field 'minium'; did you mean 'minimum'?",
    ),
    (
        "loss: 0.1%",
        "loss: -0.1%",
        "-0.1%",
        "lanes.0.loss",
        "-0.001 is below the least possible, 0",
    ),
    (
        "{cost: 80000}]",
        "{cost: 99 USD/kg}]",
        "99 USD/kg",
        "demands.market.price.1.cost",
        "the tiers are not convex: costs must fall from tier to tier",
    ),
    (
        "facilities.plant_b.capacity",
        "facilities.plant_bb.capacity",
        "facilities.plant_bb.capacity",
        "scenarios.banned.set.facilities.plant_bb.capacity",
        "there is no 'plant_bb' under facilities; did you mean 'plant_b'?",
    ),
]


def test_ten_mistakes_give_ten_located_problems():
    text = spoilt(*((right, wrong) for right, wrong, *_ in MISTAKES))
    problems = problems_of(text)
    found = {(one.line, one.column, one.path): one.message for one in problems}
    assert len(problems) == len(found) == len(MISTAKES) == 10
    for _, wrong, piece, path, words in MISTAKES:
        line, column = place_in(text, wrong)
        where = (line, column + wrong.index(piece), path)
        assert where in found, (where, list(found))
        assert found[where] == words


def test_they_are_printed_in_the_order_of_the_file_each_with_its_line():
    text = spoilt(*((right, wrong) for right, wrong, *_ in MISTAKES))
    problems = problems_of(text)
    assert [one.line for one in problems] == sorted(one.line for one in problems)
    for problem in problems:
        head, line, carets = str(problem).splitlines()
        assert head.startswith(f"x.yaml:{problem.line}:{problem.column}: {problem.path}: ")
        pointed_at = line[carets.index("^") : carets.rindex("^") + 1]
        assert text.splitlines()[problem.line - 1][problem.column - 1 :].startswith(pointed_at)
