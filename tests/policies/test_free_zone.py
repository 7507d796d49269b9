"""Hubs with and without customs: where a duty is charged on goods that pass through."""

import pytest

from resilience import ExportTax, Network, Tariff


def through_a_hub(customs: bool) -> Network:
    """10 t go from China by a hub in the United States, either inland or on to Canada."""
    return Network.from_dict(
        {
            "commodities": {"ore": {"price": 100}},
            "supplies": {"mine": {"country": "CHN", "commodity": "ore", "price": 10}},
            "hubs": {"houston": {"country": "USA", "passes": ["ore"], "customs": customs}},
            "demands": {
                "inland": {"country": "USA", "commodity": "ore", "quantity": 6},
                "canada": {"country": "CAN", "commodity": "ore", "quantity": 4},
            },
            "lanes": [
                {"from": "mine", "to": "houston", "commodity": "ore"},
                {"from": "houston", "to": {"kind": "demand"}, "commodity": "ore"},
            ],
        }
    )


@pytest.mark.parametrize(("customs", "duty"), [(True, 10 * 20), (False, 6 * 20)])
def test_a_free_zone_defers_the_duty_to_what_stays(customs, duty):
    """20 % of 100 is 20 per t: on all 10 t where they enter at the hub, on 6 t where it is a free zone."""
    solution = through_a_hub(customs).solve(Tariff(importer="USA", rate="20%"))
    assert solution.cost == pytest.approx(10 * 10 + duty)
    assert solution.transfers[["receiver", "amount_usd"]].to_numpy().tolist() == [["USA", duty]]


def test_goods_that_pass_a_free_zone_pay_where_they_arrive():
    """Canada takes 5 per t on its 4 t, whatever the hub is."""
    for customs in (True, False):
        solution = through_a_hub(customs).solve(Tariff(importer="CAN", specific=5))
        assert solution.cost == pytest.approx(10 * 10 + 4 * 5)


def test_what_leaves_a_free_zone_for_home_is_no_export_of_the_seller():
    """China's tax of 3 per t is on the 10 t that leave China, and not once more at the hub."""
    for customs in (True, False):
        assert through_a_hub(customs).solve(ExportTax(exporter="CHN", specific=3)).cost == pytest.approx(130)
