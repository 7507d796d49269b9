"""Origin layers: what a rule bars stays out, whatever it was made into and wherever it went."""

from __future__ import annotations

from typing import Any

import pytest

import resilience as rs
from tests.small import column, lane, network, want

CN, US, MY = "CHN", "USA", "MYS"
STAGES = ["mining", "separation", "making"]


def plant(country: str, stage: str, inputs: dict[str, float], outputs: dict[str, float], **fields: Any):
    return {"country": country, "stage": stage, "inputs": inputs, "outputs": outputs, **fields}


def chain(rule: dict[str, Any] | None, quantity: float = 10, **sections: Any) -> rs.Network:
    """Let ore become oxide become magnets, in China at 1 each, in the United States at 10 each.

    Everything may go everywhere; short costs 1000.
    """
    origin = {"origin": rule} if rule else {}
    facilities = {}
    for country, cost in ((CN, 1), (US, 10)):
        code = country.lower()
        facilities[f"{code}_mine"] = plant(country, "mining", {}, {"ore": 1}, cost=cost)
        facilities[f"{code}_sep"] = plant(country, "separation", {"ore": 1}, {"oxide": 1}, cost=cost)
        facilities[f"{code}_make"] = plant(country, "making", {"oxide": 1}, {"magnet": 1}, cost=cost)
    return network(
        **{
            "stages": STAGES,
            "commodities": ["ore", "oxide", "magnet"],
            "facilities": facilities,
            "demands": {"user": want(quantity, US, "magnet", shortfall_cost=1000, **origin)},
            "lanes": [
                lane({"stage": "mining"}, {"stage": "separation"}),
                lane({"stage": "separation"}, {"stage": "making"}, "oxide"),
                lane({"stage": "making"}, "user", "magnet"),
            ],
            **sections,
        }
    )


@pytest.mark.parametrize(
    ("rule", "cost"),
    [
        (None, 3),
        ({"exclude": [CN]}, 30),
        ({"exclude": [CN], "stages": ["mining"]}, 12),
        ({"exclude": [CN], "stages": ["separation"]}, 12),
        ({"exclude": [CN], "stages": ["making"]}, 12),
        ({"exclude": [CN], "stages": ["mining", "making"]}, 21),
        ({"exclude": [US]}, 3),
        ({"exclude": [CN], "de_minimis": 1}, 3),
        ({"exclude": [CN], "de_minimis": 0.25}, 0.75 * 30 + 0.25 * 3),
        ({"exclude": [CN, US]}, 1000),
        ({"exclude": [CN, US], "de_minimis": 0.1}, 1000),
    ],
)
def test_a_rule_bars_what_was_made_there_at_its_stages(rule, cost):
    """Per magnet: 1 or 10 at each of three stages. Who bars both gets nothing.

    De minimis is a share of what is delivered, so where nothing clean can be had, nothing may come.
    """
    solution = chain(rule).solve()
    assert solution.cost == pytest.approx(10 * cost)
    assert solution.certificate.holds


def test_processing_in_a_third_country_cleans_nothing():
    """Chinese ore separated in Malaysia at 2 is still Chinese at mining: 10 + 2 + 1, not 1 + 2 + 1."""
    third = {"my_sep": plant(MY, "separation", {"ore": 1}, {"oxide": 1}, cost=2)}
    base = chain({"exclude": [CN], "stages": ["mining", "separation"]})
    document = {**base.document.data}
    document["facilities"] = {**document["facilities"], **third}
    assert rs.Network.from_dict(document).solve().cost == pytest.approx(10 * (10 + 2 + 1))


def test_a_conversion_of_mixed_inputs_is_as_tainted_as_its_worst():
    """A magnet takes oxide and dysprosium; only China has dysprosium. A strict user gets none.

    The open user's magnets may mix American oxide with it: downgraded, at no cost. 10 x (2 + 5 + 1).
    """

    def cost(origin: dict[str, Any] | None) -> float:
        demand = want(10, US, "magnet", shortfall_cost=1000, **({"origin": origin} if origin else {}))
        return (
            network(
                stages=["separation", "making"],
                commodities=["oxide", "dy", "magnet"],
                facilities={
                    "us_sep": plant(US, "separation", {}, {"oxide": 1}, cost=2),
                    "cn_sep": plant(CN, "separation", {}, {"dy": 1}, cost=50),
                    "maker": plant(US, "making", {"oxide": 1, "dy": 0.1}, {"magnet": 1}, cost=1),
                },
                demands={"user": demand, "other": want(1, US, "magnet", origin={"exclude": [MY]})},
                lanes=[
                    lane("us_sep", "maker", "oxide"),
                    lane("cn_sep", "maker", "dy"),
                    lane("maker", ["user", "other"], "magnet"),
                ],
            )
            .solve()
            .cost
        )

    assert cost(None) == pytest.approx(11 * 8)
    assert cost({"exclude": [CN]}) == pytest.approx(10_000 + 8)
    assert cost({"exclude": [CN], "stages": ["making"]}) == pytest.approx(11 * 8)


def test_co_products_carry_the_origin_of_what_they_came_from():
    """Ore gives oxide and half a tonne of lace. Barred ore makes barred lace, whoever wants it.

    4 t of lace that is not Chinese take 8 t of American ore at 10; its 8 t of oxide serve 8 of the 10 t.
    """
    solution = network(
        stages=["mining", "separation"],
        commodities=["ore", "oxide", "lace"],
        facilities={
            "cn": plant(CN, "mining", {}, {"ore": 1}, cost=1),
            "us": plant(US, "mining", {}, {"ore": 1}, cost=10),
            "sep": plant(MY, "separation", {"ore": 1}, {"oxide": 1, "lace": 0.5}),
        },
        demands={
            "magnets": want(10, US, "oxide", shortfall_cost=1000),
            "glass": want(4, US, "lace", shortfall_cost=1000, origin={"exclude": [CN]}),
        },
        lanes=[
            lane(["cn", "us"], "sep"),
            lane("sep", "magnets", "oxide"),
            lane("sep", "glass", "lace"),
        ],
    ).solve()
    assert solution.cost == pytest.approx(8 * 10 + 2 * 1)


def swarf(rule: dict[str, Any] | None) -> rs.Solution:
    """Let half of all oxide come back as swarf, and be recycled in Malaysia at 0.5 a tonne.

    A magnet takes 2 t of oxide and leaves 1 t of swarf, which is 1 t of oxide again.
    """
    demand = want(10, US, "magnet", shortfall_cost=1000, **({"origin": rule} if rule else {}))
    return network(
        stages=["separation", "making"],
        commodities=["oxide", "swarf", "magnet"],
        facilities={
            "cn": plant(CN, "separation", {}, {"oxide": 1}, cost=1),
            "us": plant(US, "separation", {}, {"oxide": 1}, cost=10),
            "recycler": plant(MY, "separation", {"swarf": 1}, {"oxide": 1}, cost=0.5),
            "maker": plant(US, "making", {"oxide": 2}, {"magnet": 1, "swarf": 1}),
        },
        demands={"user": demand},
        lanes=[
            lane(["cn", "us", "recycler"], "maker", "oxide"),
            lane("maker", "recycler", "swarf"),
            lane("maker", "user", "magnet"),
        ],
    ).solve()


def test_recycled_material_keeps_its_origin():
    """20 t of oxide, 10 t of it recycled at 0.5: the others fresh at 1 or, where China is barred, at 10.

    Chinese oxide does not come back clean out of the recycler.
    """
    assert swarf(None).cost == pytest.approx(10 * 0.5 + 10)
    assert swarf({"exclude": [CN]}).cost == pytest.approx(10 * 0.5 + 100)
    assert swarf({"exclude": [CN]}).origins("user").query("stage == 'separation'")["country"].tolist() == [
        MY,
        US,
    ]


def test_a_bar_on_the_recycler_bars_what_it_recycles():
    """Without Malaysian oxide all 20 t are Chinese: 20; and the swarf is thrown away."""
    assert swarf({"exclude": [MY]}).cost == pytest.approx(20)


def test_several_bars_at_once():
    """One user bars Chinese mining, one Chinese making, one both, one nothing: 12, 12, 21 and 3."""
    rules = {
        "a": {"exclude": [CN], "stages": ["mining"]},
        "b": {"exclude": [CN], "stages": ["making"]},
        "c": {"exclude": [CN], "stages": ["mining", "making"]},
        "d": None,
    }
    demands = {
        key: want(1, US, "magnet", shortfall_cost=1000, **({"origin": rule} if rule else {}))
        for key, rule in rules.items()
    }
    lanes = chain(None).document.data["lanes"][:2]
    solution = chain(
        None, demands=demands, lanes=[*lanes, lane({"stage": "making"}, {"kind": "demand"}, "magnet")]
    ).solve()
    assert solution.cost == pytest.approx(12 + 12 + 21 + 3)
    assert len(set(solution.prices["layer"])) == 8


def test_rules_that_bar_the_same_share_a_layer():
    """Whatever their de minimis, and whether bar is written as a bloc or a country."""
    rule = {"exclude": ["rivals"], "de_minimis": 0.5}
    solution = chain(
        {"exclude": [CN]},
        blocs={"rivals": [CN]},
        policies={"rule": {"type": "origin_rule", "demand": "user", **rule}},
    ).solve()
    assert set(solution.prices["layer"]) == {"clean", CN}


def test_only_what_a_rule_can_see_is_split():
    """Coke, of which nothing that the user wants is made, has one balance; a network without rules too."""
    document = {**chain({"exclude": [CN]}).document.data}
    document["commodities"] = {**document["commodities"], "coke": {}}
    document["supplies"] = {"oven": {"country": CN, "commodity": "coke", "price": 1}}
    document["demands"] = {**document["demands"], "furnace": want(1, US, "coke")}
    document["lanes"] = [*document["lanes"], lane("oven", "furnace", "coke")]
    prices = rs.Network.from_dict(document).solve().prices
    assert set(prices[prices["commodity"] == "coke"]["layer"]) == {""}
    assert "layer" not in chain(None).solve().prices


def test_what_is_bought_or_stood_in_stock_is_of_its_country():
    """A rule for all stages bars China's supplies and China's opening stock; one for stages does not."""

    def cost(**origin: Any) -> float:
        return (
            network(
                stages=["mining"],
                sites={"yard": {"country": CN}},
                supplies={"trader": {"country": CN, "commodity": "ore", "price": 5, "quantity": 2}},
                stockpiles={"pile": {"site": "yard", "commodity": "ore", "initial": 3}},
                demands={"user": want(10, US, shortfall_cost=100, origin={"exclude": [CN], **origin})},
                lanes=[lane(["trader", "pile"], "user")],
            )
            .solve()
            .cost
        )

    assert cost() == pytest.approx(1000)
    assert cost(stages=["mining"]) == pytest.approx(2 * 5 + 500)


def stocked(rule: bool) -> rs.Solution:
    """Let cheap Chinese and dear American ore of 2025 be kept in one vault for 2026, when there is none."""
    strict = {"origin": {"exclude": [CN]}} if rule else {}
    return network(
        horizon={"start": 2025, "periods": 2},
        sites={"works": {"country": US}},
        supplies={
            "cn": {"country": CN, "commodity": "ore", "price": 1, "quantity": {2025: 100, 2026: 0}},
            "us": {"country": US, "commodity": "ore", "price": 10, "quantity": {2025: 100, 2026: 0}},
        },
        stockpiles={"vault": {"site": "works", "commodity": "ore", "capacity": 8, "holding_cost": 2}},
        demands={
            "strict": {"site": "works", "commodity": "ore", "quantity": {2025: 0, 2026: 5},
                       "shortfall_cost": 100, **strict},
            "open": {"site": "works", "commodity": "ore", "quantity": {2025: 0, 2026: 4},
                     "shortfall_cost": 90},
        },
        lanes=[lane(["cn", "us"], "works")],
    ).solve()  # fmt: skip


def test_a_stockpile_keeps_origins_apart_and_its_capacity_together():
    """8 t in all: 5 t for the strict user, American; 3 t Chinese for the other, 1 t short at 90.

    Holding is 2 x 8: half of 2 as closing stock, half as opening stock.
    """
    ruled, plain = stocked(True), stocked(False)
    assert plain.cost == pytest.approx(8 * 1 + 16 + 90)
    assert ruled.cost == pytest.approx(5 * 10 + 3 * 1 + 16 + 90)
    (first, second) = ruled.stocks.to_dict("records")
    assert (first["fill_t"], first["closing_t"], second["opening_t"], second["release_t"]) == pytest.approx(
        (8, 8, 8, 8)
    )
    assert len(ruled.stocks) == 2
    assert ruled.origins("strict").query("stage == 'supplied'")["country"].tolist() == [US]


def test_a_project_adds_to_all_layers_together():
    """A maker of 4 t may grow by 6 t at 60: 5 clean magnets at 30 and 5 others at 12 are made there."""
    base = chain(None)
    document = {**base.document.data}
    document["facilities"] = {
        key: {**entry, "capacity": 4} if key == "usa_make" else entry
        for key, entry in document["facilities"].items()
        if key != "chn_make"
    }
    document["demands"] = {
        "strict": want(5, US, "magnet", shortfall_cost=1000, origin={"exclude": [CN]}),
        "open": want(5, US, "magnet", shortfall_cost=1000),
    }
    document["lanes"] = [*document["lanes"][:2], lane("usa_make", {"kind": "demand"}, "magnet")]
    document["projects"] = {"line": {"facility": "usa_make", "capacity": 6, "capital_cost": 60}}
    solution = rs.Network.from_dict(document).solve()
    assert solution.cost == pytest.approx(5 * 30 + 5 * 12 + 60)
    throughput = column(solution.production, "facility", "throughput_t")
    assert throughput["usa_make"] == pytest.approx(10)
    assert solution.production.set_index("facility")["capacity_t"]["usa_make"] == pytest.approx(10)


def test_a_minimum_is_of_all_layers_together():
    """The maker must make 12 magnets, 10 of them clean at 30. Two are thrown away: 1 + 1 + 10 each."""
    base = chain({"exclude": [CN]})
    document = {**base.document.data}
    document["facilities"] = {
        key: {**entry, "minimum": 12} if key == "usa_make" else entry
        for key, entry in document["facilities"].items()
    }
    assert rs.Network.from_dict(document).solve().cost == pytest.approx(10 * 30 + 2 * 12)


def test_a_capacity_is_of_all_layers_together():
    """A lane of 6 t carries 6 t, whatever their origin; the other 4 t go short."""
    base = chain({"exclude": [CN], "de_minimis": 0.5})
    document = {**base.document.data}
    document["lanes"] = [*document["lanes"][:2], lane({"stage": "making"}, "user", "magnet", capacity=3)]
    solution = rs.Network.from_dict(document).solve()
    assert solution.cost == pytest.approx(3 * 3 + 3 * 30 + 4 * 1000)
    assert solution.flows[solution.flows["to"] == "user"]["flow_t"].tolist() == pytest.approx([3, 3])


def test_the_price_of_clean_and_of_tainted_goods():
    """A clean magnet costs 30, a tainted one 3, where both are wanted."""
    solution = chain({"exclude": [CN], "de_minimis": 0.25}).solve()
    prices = solution.prices.query("site == 'user' and commodity == 'magnet'")
    assert column(prices, "layer", "price_usd_per_t") == pytest.approx({"clean": 30, CN: 3})


def test_a_rule_that_no_scenario_turns_on_changes_nothing():
    """The layers are there, and the cost is the one without any."""
    ruled = chain(
        None,
        policies={"rule": {"type": "origin_rule", "demand": "user", "exclude": [CN]}},
        scenarios={"on": {"policies": ["rule"]}},
    )
    assert ruled.solve().cost == pytest.approx(chain(None).solve().cost)
    assert ruled.solve("on").cost == pytest.approx(300)


def test_too_many_bars_are_refused_by_name():
    demands = {
        f"d{n}": want(1, US, "magnet", shortfall_cost=1, origin={"exclude": [code]})
        for n, code in enumerate(("CHN", "RUS", "PRK", "IRN", "MMR", "BLR"))
    }
    with pytest.raises(rs.InputError, match="6 different origin rules; more than 5"):
        chain(None, demands=demands, lanes=[])


@pytest.mark.parametrize(
    ("rule", "path", "words"),
    [
        ("{exclude: [CHIN]}", "demands.user.origin.exclude", "unknown country or bloc 'CHIN'"),
        ("{exclude: [CHN], stages: [minig]}", "demands.user.origin.stages", "unknown stage 'minig'"),
        ("{exclude: [CHN], de_minimis: 2}", "demands.user.origin.de_minimis", "most possible, 1"),
        ("{stages: [mining]}", "demands.user.origin", "exclude"),
    ],
)
def test_faults_of_a_rule_are_found_where_they_stand(rule, path, words):
    text = (
        "stages: [mining]\ncommodities: {ore: {}}\ndemands:\n"
        f"  user: {{country: USA, commodity: ore, quantity: 1, origin: {rule}}}\n"
    )
    with pytest.raises(rs.InputError) as caught:
        rs.Network.from_yaml(text, "x.yaml")
    (problem,) = caught.value.problems
    assert problem.path.startswith(path)
    assert problem.line == 4
    assert words in str(problem)
