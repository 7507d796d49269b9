"""Tariff-rate quotas, by hand: one duty up to a quantity, another one above it."""

from __future__ import annotations

import pytest

import resilience as rs
from tests.policies.helpers import fault_of, on, path_in, received, rent_of
from tests.small import lane, mine, network, price_at, want


def two_sources(trq: dict[str, object], others: dict[str, object] | None = None, **sections: object):
    """Let XBB want 8 t: XAA delivers at 10 + 4 freight, its own mine at 25; the reference price is 100."""
    policies = {"trq": {"type": "tariff", "importer": "XBB", **trq}, **(others or {})}
    return network(
        **{
            "commodities": {"ore": {"price": 100}},
            "facilities": {"cheap": mine("XAA", cost=10), "dear": mine("XBB", cost=25)},
            "demands": {"user": want(8, "XBB")},
            "lanes": [lane("cheap", "user", cost=4), lane("dear", "user")],
            **on(policies),
            **sections,
        }
    )


def test_a_prohibitive_duty_over_the_quota_leaves_a_rent():
    """5 t enter at 14 + 5; over it they would cost 34, so 3 t are made at 25. One tonne more saves 6."""
    found = two_sources({"rate": "5%", "quota": 5, "over_quota_rate": "20%"})
    solution = found.solve("on")
    assert solution.cost == pytest.approx(5 * 19 + 3 * 25)
    assert received(solution) == pytest.approx({"XBB": 25})
    assert price_at(solution, "user") == pytest.approx(25)
    assert rent_of(solution, "trq") == pytest.approx(6)


@pytest.mark.parametrize("over", [{"over_quota_rate": "10%"}, {"over_quota_specific": 10}])
def test_what_enters_over_the_quota_pays_the_other_duty(over):
    """All 8 t enter at 14: 5 pay 5, 3 pay 10; the price is 24, and the quota is worth 10 - 5."""
    solution = two_sources({"rate": "5%", "quota": 5, **over}).solve("on")
    assert solution.cost == pytest.approx(8 * 14 + 5 * 5 + 3 * 10)
    assert received(solution) == pytest.approx({"XBB": 55})
    assert solution.cost_breakdown["transfer", "tariff"] == pytest.approx(55)
    assert solution.cost_breakdown["resource"].sum() == pytest.approx(112)
    assert price_at(solution, "user") == pytest.approx(24)
    assert rent_of(solution, "trq") == pytest.approx(5)


def test_a_quota_that_is_not_filled_is_worth_nothing():
    """9 t may enter at 5 %, 8 do: 8 x 19, as with a plain tariff of 5 %."""
    solution = two_sources({"rate": "5%", "quota": 9, "over_quota_rate": "20%"}).solve("on")
    assert solution.cost == two_sources({"rate": "5%"}).solve("on").cost == pytest.approx(152)
    assert "policies.trq" not in set(solution.bottlenecks()["limit"])


def test_a_quota_of_nothing_is_a_tariff_at_the_higher_rate():
    """All 8 t at 14 + 10."""
    solution = two_sources({"rate": "5%", "quota": 0, "over_quota_rate": "10%"}).solve("on")
    assert solution.cost == two_sources({"rate": "10%"}).solve("on").cost == pytest.approx(192)


@pytest.mark.parametrize("name", ["a_first", "z_last"])
def test_another_tariff_stands_beside_it(name):
    """2 per t on everything besides: 5 x 21 within, 36 over the quota, so 3 x 25."""
    other = {name: {"type": "tariff", "importer": "XBB", "specific": 2}}
    solution = two_sources({"rate": "5%", "quota": 5, "over_quota_rate": "20%"}, other).solve("on")
    assert solution.cost == pytest.approx(5 * 21 + 75)
    assert received(solution) == pytest.approx({"XBB": 35})


def test_each_importer_and_commodity_has_a_quota_of_its_own():
    """XBB and XCC take 4 t each of two goods at 1: of each, 3 t free and 1 t at 50.

    4 x (4 x 1 + 50) = 216; half of the 200 of duty for each.
    """
    goods = ["ore", "salt"]
    found = network(
        commodities={name: {"price": 100} for name in goods},
        blocs={"union": ["XBB", "XCC"]},
        facilities={f"{name}_a": mine("XAA", commodity=name, cost=1) for name in goods},
        demands={f"{name}_{to}": want(4, to, name) for name in goods for to in ("XBB", "XCC")},
        lanes=[lane({"kind": "facility"}, {"kind": "demand"}, goods)],
        **on(
            {
                "trq": {
                    "type": "tariff",
                    "importer": "union",
                    "rate": 0,
                    "quota": 3,
                    "over_quota_rate": 0.5,
                }
            }
        ),
    )
    solution = found.solve("on")
    assert solution.cost == pytest.approx(216)
    assert received(solution) == pytest.approx({"XBB": 100, "XCC": 100})


def test_the_quota_is_per_year_and_ends():
    """In quarters 2 t are wanted: 1.25 t a quarter at 5, 0.75 at 10, in 2026 only of two years.

    4 x (1.25 x 5 + 0.75 x 10) = 55 of duty on top of 16 x 14.
    """
    found = two_sources(
        {"rate": "5%", "quota": 5, "over_quota_rate": "10%", "from": 2026, "until": 2027},
        horizon={"start": 2025, "periods": 8, "step": "quarter"},
    )
    solution = found.solve("on")
    assert received(solution) == pytest.approx({"XBB": 55})
    assert solution.cost == pytest.approx(16 * 14 + 55)


def test_the_base_is_untouched_by_a_quota_that_is_not_in_force():
    """The rows and columns of the quota are dormant, before and after: bit for bit 112."""
    found = two_sources({"rate": "5%", "quota": 5, "over_quota_rate": "20%"})
    before = found.solve().cost
    found.solve("on")
    assert found.solve().cost == before == 112


YAML = """\
commodities: {ore: {price: 100}}
facilities:
  cheap: {country: XAA, outputs: {ore: 1}}
demands:
  user: {country: XBB, commodity: ore, quantity: 8}
lanes:
  - {from: cheap, to: user, commodity: ore}
policies:
  trq: {type: tariff, importer: XBB, %s}
scenarios:
  on: {policies: [trq]}
"""


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ("rate: 5%, quota: 5", "", "needs a `quota` and a duty over it"),
        ("rate: 5%, over_quota_rate: 20%", "", "needs a `quota` and a duty over it"),
        ("quota: 5, over_quota_rate: 20%", "", "needs a `rate`"),
        ("rate: 5%, quota: 5, over_quota_rate: 20%, basis: cif", "", "use `basis: fob`"),
        ("rate: 5%, quota: 5, over_quota_rate: 4%", "over_quota_rate", "below the one within it"),
        ("rate: 5%, quota: -5, over_quota_rate: 20%", "quota", "below the least possible"),
        ("rate: 5%, quota: 5 t, over_quota_rate: 20%", "quota", "did you mean 't/yr'"),
        ("rate: 5%, quota: 5, over_quota_rate: 9 USD/t", "over_quota_rate", "a share has none"),
        ("rate: 5%, quota: 5, over_quota_specific: 9 USD", "over_quota_specific", "not a unit of USD/t"),
    ],
)
def test_a_wrong_tariff_rate_quota_is_an_error_with_its_line(fields, path, message):
    assert fault_of(YAML % fields, message) == (9, path_in("trq", path))


def test_a_tariff_rate_quota_over_quarters_that_shrinks_and_ends():
    """Of 100 t a quarter the quota lets 50, 50, then 20 of A in at 110; over it, A at 150 loses to B at 120.

    In the last quarter there is no duty any more. A: 50 + 50 + 20 + 100 t; duty on the first 120 t: 1,200.
    """
    solution = rs.Network.from_dict(
        {
            "horizon": {"start": "2025-01", "periods": 4, "step": "quarter"},
            "commodities": {"ore": {"price": 100}},
            "supplies": {
                "a": {"country": "XAA", "commodity": "ore", "price": 100},
                "b": {"country": "XBB", "commodity": "ore", "price": 120},
            },
            "demands": {"u": {"country": "XCC", "commodity": "ore", "quantity": 400}},
            "lanes": [{"from": {"kind": "supply"}, "to": "u", "commodity": "ore"}],
            "policies": {
                "trq": {
                    "type": "tariff",
                    "importer": "XCC",
                    "origin": "XAA",
                    "rate": "10%",
                    "quota": {"2025-01": 200, "2025-07": 80},
                    "over_quota_rate": "50%",
                    "until": "2025-10",
                }
            },
            "scenarios": {"duty": {"policies": ["trq"]}},
        }
    ).solve("duty")
    flows = solution.flows.pivot_table(index="lane", columns="period", values="flow_t", fill_value=0)
    assert flows.loc["a>u:ore"].tolist() == pytest.approx([50, 50, 20, 100])
    assert flows.loc["b>u:ore"].tolist() == pytest.approx([50, 50, 80, 0])
    assert solution.cost_breakdown["transfer", "tariff"] == pytest.approx(1200)
