"""Stock as a defence: what is put in before any attack, by hand."""

from __future__ import annotations

import pytest

import resilience as rs


def two_goods(attacks: dict[str, str], **pile: float) -> rs.Network:
    """Return two years of 10 t of ore and 10 t of salt, 10 USD a tonne; short ones cost 100 USD each.

    From the second year on China may ship none of a good; each good has a stockpile beside its buyer.
    To hold a tonne from the middle of one year to the middle of the next costs 1 USD.
    """
    goods = ("ore", "salt")
    pile = {"holding_cost": 1, **pile}
    return rs.Network.from_dict(
        {
            "horizon": {"start": 2025, "periods": 2, "step": "year"},
            "commodities": {good: {"price": 10} for good in goods},
            "sites": {f"{good}_works": {"country": "DEU"} for good in goods},
            "supplies": {
                f"{good}_mine": {"country": "CHN", "commodity": good, "price": 10, "quantity": 100}
                for good in goods
            },
            "stockpiles": {
                f"{good}_pile": {**pile, "site": f"{good}_works", "country": "DEU", "commodity": good}
                for good in goods
            },
            "demands": {
                f"{good}_user": {
                    "site": f"{good}_works",
                    "country": "DEU",
                    "commodity": good,
                    "quantity": 10,
                    "shortfall_cost": 100,
                }
                for good in goods
            },
            "lanes": [
                {"from": f"{good}_mine", "to": f"{good}_works", "commodity": good, "cost": 0}
                for good in goods
            ],
            "policies": {
                key: {"type": "export_restriction", "from": "CHN", "commodities": [good], "since": since}
                for key, (good, since) in {
                    key: (text.split()[0], int(text.split()[1])) for key, text in attacks.items()
                }.items()
            },
        }
    )


def filled(found: rs.Hardened) -> dict[str, float]:
    frame = found.defence
    assert set(frame["what"]) <= {"stock"}
    return frame.groupby("id")["filled_t"].sum().to_dict()


def test_what_is_missing_in_the_second_year_is_put_in_in_the_first():
    """Nothing stocked: 400 USD of goods less 100, and 10 t short at 100, 1,300. A stock of 10 t: 410."""
    network = two_goods({"no_ore": "ore 2026"})
    found = rs.harden(network, by="policy")
    assert found.undefended.cost == pytest.approx(1300)
    assert found.cost == pytest.approx(410)
    assert found.bound == pytest.approx(410)
    assert filled(found) == pytest.approx({"ore_pile": 10})
    assert found.spent == pytest.approx(100)
    assert found.solution().shortfall["shortfall_t"].sum() == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("budget", [0, 40, 100, 160, 500])
def test_money_is_shared_among_goods_of_which_either_may_be_stopped(budget):
    """Either good may be stopped and which is not known beforehand: each gets half of the money.

    B USD put in are B/20 t of each, so 10 - B/20 t go short at 100, and what is stocked is bought at 10; of
    the other good so much less is bought in the second year. To hold both costs B/10.
    """
    network = two_goods({"no_ore": "ore 2026", "no_salt": "salt 2026"})
    found = rs.harden(network, 1, budget, by="policy")
    stock = min(budget / 20, 10)
    assert found.cost == pytest.approx(300 + 12 * stock + 100 * (10 - stock))
    assert found.bound == pytest.approx(found.cost)
    wanted = {"ore_pile": stock, "salt_pile": stock} if budget else {}
    assert filled(found) == pytest.approx(wanted)
    for attack in ("no_ore", "no_salt"):
        short = found.solution([attack]).shortfall["shortfall_t"].sum()
        assert short == pytest.approx(10 - stock, abs=1e-5)


def test_stock_that_decays_and_a_pile_that_is_small():
    """Half decays in a year and at most 8 t go in: 4 t are left; 80 + 6 short at 100 + 300 of goods."""
    found = rs.harden(two_goods({"no_ore": "ore 2026"}, decay=0.5, capacity=8, holding_cost=0), by="policy")
    assert filled(found) == pytest.approx({"ore_pile": 8})
    assert found.cost == pytest.approx(300 + 80 + 600)


def test_an_attack_in_the_first_year_leaves_no_time_to_stock():
    with pytest.raises(rs.InputError, match="no stock to fill before an attack"):
        rs.harden(two_goods({"no_ore": "ore 2025"}), by="policy")


def test_the_text_names_what_is_put_in(tmp_path):
    from typer.testing import CliRunner

    from resilience.cli import app

    book = two_goods({"no_ore": "ore 2026"}).save(tmp_path / "book.xlsx")
    said = CliRunner().invoke(app, ["harden", str(tmp_path / "book.xlsx"), "--by", "policy"])
    assert said.exit_code == 0, (book, said.output)
    line = next(line for line in said.output.splitlines() if "ore_pile" in line)
    assert line.split() == ["stock", "ore_pile", "Germany", "2025", "10", "100"]
    assert "It takes 100 USD" in said.output


@pytest.mark.parametrize("k", [0, 1.5, float("nan"), float("inf")])
def test_attacks_are_counted_in_whole_numbers(k):
    network = two_goods({"no_ore": "ore 2026"})
    for ask in (rs.harden, rs.worst_case):
        with pytest.raises(rs.InputError, match="a whole number from 1"):
            ask(network, k, by="policy")


def test_where_nothing_is_left_to_attack_the_text_says_what_supply_costs():
    """Protecting the ore for 5 USD leaves nothing to do: 400 USD of goods and 5."""
    from resilience.report.hardened import hardened

    found = rs.harden(two_goods({"no_ore": "ore 2026"}), by="policy", protections={"no_ore": 5})
    assert found.cost == pytest.approx(405)
    words = " ".join(part.text for part in hardened(found, "policy", None) if hasattr(part, "text"))
    assert "Nothing can be done that costs anything. With the defence, supply costs 405 USD in all." in words
    assert "That includes the defence" not in words
