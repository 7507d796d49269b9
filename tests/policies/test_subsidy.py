"""Subsidies, by hand: per tonne, as a share of cost, up to a volume."""

from __future__ import annotations

import pytest

import resilience as rs
from tests.policies.helpers import fault_of, on, path_in, received, rent_of
from tests.small import column, lane, mine, network, want


def two_sources(policies: dict[str, dict[str, object]], **sections: object) -> rs.Network:
    """Let XBB want 8 t: XAA delivers at 16, XBB's own mine of 10 t at 25."""
    named = {key: {"type": "subsidy", "producer": "dear", **policy} for key, policy in policies.items()}
    return network(
        **{
            "facilities": {"cheap": mine("XAA", cost=16), "dear": mine("XBB", cost=25, capacity=10)},
            "demands": {"user": want(8, "XBB")},
            "lanes": [lane({"kind": "facility"}, {"kind": "demand"})],
            **on(named),
            **sections,
        }
    )


@pytest.mark.parametrize("measure", [{"amount": 10}, {"share": "40%"}, {"amount": 10, "volume": 8}])
def test_a_producer_who_is_paid_serves_the_user(measure):
    """10 per t makes 25 into 15: 8 x 25 - 80, paid by XBB."""
    solution = two_sources({"aid": measure}).solve("on")
    assert solution.cost == pytest.approx(120)
    assert received(solution) == pytest.approx({"XBB": -80})
    assert solution.cost_breakdown["transfer", "subsidy"] == pytest.approx(-80)
    assert solution.cost_breakdown["resource"].sum() == pytest.approx(200)
    (sides,) = solution.price_ranges("user")[["one_more_usd_per_t", "one_less_usd_per_t"]].to_numpy().tolist()
    assert sides == pytest.approx([16 if "volume" in measure else 15, 15])  # a ninth tonne is not paid for


def test_too_little_changes_nothing():
    """8 per t leave 17, above 16."""
    solution = two_sources({"aid": {"amount": 8}}).solve("on")
    assert solution.cost == pytest.approx(128)
    assert received(solution) == {}


def test_a_volume_rations_the_payment():
    """5 t at 15, 3 t at 16; the sixth paid tonne would save 1."""
    solution = two_sources({"aid": {"amount": 10, "volume": 5}}).solve("on")
    assert solution.cost == pytest.approx(123)
    assert received(solution) == pytest.approx({"XBB": -50})
    assert rent_of(solution, "aid") == pytest.approx(1)


def test_a_volume_is_shared_by_producers_and_tiers():
    """Two mines of XBB, one with tiers, share 6 t of 10 per t: 6 x 15 + 2 x 16."""
    found = two_sources(
        {"aid": {"producer": ["dear", "other"], "amount": 10, "volume": 6}},
        facilities={
            "cheap": mine("XAA", cost=16),
            "dear": mine("XBB", cost=[{"capacity": 2, "cost": 25}, {"capacity": 2, "cost": 25}]),
            "other": mine("XBB", cost=25),
        },
    )
    solution = found.solve("on")
    assert solution.cost == pytest.approx(122)
    assert received(solution) == pytest.approx({"XBB": -60})


def test_payment_goes_by_output_and_only_for_the_commodities_named():
    """A tonne of throughput at 20 gives 0.5 t of ore and 2 t of salt, which nobody wants; 16 t for 8 t.

    40 per t of ore; 30 per t for ore alone leave 10, for salt alone 40 - 4 x 30, which is paid too.
    """
    facilities = {
        "cheap": mine("XAA", cost=16),
        "dear": {"country": "XBB", "outputs": {"ore": 0.5, "salt": 2}, "cost": 20, "capacity": 16},
    }
    sections = {"facilities": facilities, "commodities": ["ore", "salt"]}
    ore = two_sources({"aid": {"amount": 30, "commodities": "ore"}}, **sections).solve("on")
    assert ore.cost == pytest.approx(16 * 20 - 8 * 30)
    salt = two_sources({"aid": {"amount": 30, "commodities": "salt"}}, **sections).solve("on")
    assert received(salt) == pytest.approx({"XBB": -32 * 30})
    both = two_sources({"aid": {"amount": 30}}, **sections).solve("on")
    assert received(both) == pytest.approx({"XBB": -(32 + 8) * 30})


@pytest.mark.parametrize("names", [("a", "z"), ("z", "a")])
def test_a_share_is_of_the_cost_after_shocks_whatever_they_are_called(names):
    """25 x 1.2 = 30, half of it paid: 15 on each of 8 t."""
    aid, shock = names
    found = network(
        facilities={"cheap": mine("XAA", cost=16), "dear": mine("XBB", cost=25)},
        demands={"user": want(8, "XBB")},
        lanes=[lane({"kind": "facility"}, {"kind": "demand"})],
        **on(
            {
                aid: {"type": "subsidy", "producer": "dear", "share": 0.5},
                shock: {"type": "price_shock", "of": "dear", "factor": 1.2},
            }
        ),
    )
    solution = found.solve("on")
    assert solution.cost == pytest.approx(120)
    assert received(solution) == pytest.approx({"XBB": -120})


def test_subsidies_add_up():
    """20 % of 25, and 3 per t, and 2 per t on up to 5 t: 5 x 15 on 5 t; the sixth at 17 loses to 16."""
    found = two_sources({"share": {"share": 0.2}, "more": {"amount": 3}, "some": {"amount": 2, "volume": 5}})
    solution = found.solve("on")
    assert column(solution.flows, "from", "flow_t") == pytest.approx({"cheap": 3, "dear": 5})
    assert received(solution) == pytest.approx({"XBB": -50})


def test_two_amounts_add_up():
    """6 and 4 per t."""
    assert two_sources({"one": {"amount": 6}, "two": {"amount": 4}}).solve("on").cost == pytest.approx(120)


def test_a_subsidy_may_change_and_end():
    """10 then 12 per t, until 2027, of three years: -80 and -96, and 128 without."""
    found = two_sources(
        {"aid": {"amount": {2025: 10, 2026: 12}, "until": 2027}}, horizon={"start": 2025, "periods": 3}
    )
    before = found.solve().cost
    solution = found.solve("on")
    assert received(solution) == pytest.approx({"XBB": -176})
    assert solution.cost == pytest.approx(200 - 80 + 200 - 96 + 128)
    assert found.solve().cost == before == 384


def test_a_volume_is_per_year():
    """4 t a year, so 1 t a quarter of the 2 t: 4 x (15 + 16)."""
    found = two_sources(
        {"aid": {"amount": 10, "volume": 4}}, horizon={"start": 2025, "periods": 4, "step": "quarter"}
    )
    assert found.solve("on").cost == pytest.approx(4 * 31)


def test_by_country_and_stage():
    """Every producer of XBB is paid by XBB; XCC's, at 25 too, is not."""
    found = two_sources(
        {"aid": {"producer": {"country": "XBB", "stage": "mining"}, "amount": 10}},
        stages=["mining"],
        facilities={
            "cheap": mine("XAA", cost=16, stage="mining"),
            "dear": mine("XBB", cost=25, stage="mining"),
            "other": mine("XCC", cost=25, stage="mining"),
        },
    )
    assert received(found.solve("on")) == pytest.approx({"XBB": -80})


YAML = """\
commodities: {ore: {}, salt: {}}
facilities:
  dear: {country: XBB, outputs: {ore: 1}, cost: 25}
demands:
  user: {country: XBB, commodity: ore, quantity: 8}
lanes:
  - {from: dear, to: user, commodity: ore}
policies:
  aid: {type: subsidy, %s}
scenarios:
  on: {policies: [aid]}
"""


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ("producer: dear", "", "either an `amount` per tonne or a `share`"),
        ("producer: dear, amount: 1, share: 10%", "", "either an `amount` per tonne or a `share`"),
        ("producer: dear, share: 10%, volume: 5", "", "goes with an `amount`"),
        ("producer: dear, share: 110%", "share", "above the most possible"),
        ("producer: dear, amount: -1", "amount", "must be above 0"),
        ("producer: dear, amount: 10 USD", "amount", "not a unit of USD/t"),
        ("producer: dear, amount: 10, volume: 5 USD/yr", "volume", "not a unit of t/yr"),
        ("producer: daer, amount: 10", "producer", "unknown place 'daer'; did you mean 'dear'"),
        ("producer: user, amount: 10", "producer", "'user' is a demand; wanted a facility"),
        ("producer: dear, commodities: salt, amount: 10", "producer", "matches no facility that makes it"),
        ("producer: {country: XCC}, amount: 10", "producer", "matches no facility"),
        ("amount: 10", "", "a subsidy goes either to a `producer` or to a `project`"),
        ("producer: dear, amount: 10, since: 2026, until: 2026", "", "is not after since"),
        ("producer: dear, amount: 10, until: 2025", "until", "never in force"),
    ],
)
def test_a_wrong_subsidy_is_an_error_with_its_line(fields, path, message):
    assert fault_of(YAML % fields, message) == (9, path_in("aid", path))
