import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resilience.program import Block, Coded, Labels

SAFE = re.compile(r"[A-Za-z][A-Za-z0-9_.~(),]*")
words = (
    st.text(max_size=8)
    | st.text("aéö-_>ß鉱 ", max_size=60)
    | st.sampled_from(["", "a-b", "a_b", "mine>plant"])
)


def block(kind: str, **fields: list) -> Block:
    size = len(next(iter(fields.values())))
    coded = {
        name: Coded.of(values) if isinstance(values[0], str) else np.array(values)
        for name, values in fields.items()
    }
    return Block(kind, size, coded)


def trade() -> Labels:
    """Make two columns, an empty block, three lanes and a stock: positions 0 to 5."""
    return Labels(
        (
            block("produce", id=["mine", "plant"], country=["CHN", "USA"]),
            Block("hold", 0, {"id": Coded.of([])}),
            block(
                "ship",
                from_=["m", "m", "p"],
                to_=["p", "q", "q"],
                country=["CHN", "", "JPN"],
                period=[0, 1, 1],
            ),
            block("stock", id=["vault"], period=[0]),
        ),
        {"allies": ("USA", "JPN")},
    )


def test_coded_texts_return_what_was_coded():
    field = Coded.of(["b", "a", "", "b"])
    assert field.texts().tolist() == ["b", "a", "", "b"]
    assert field.take(np.array([2, 1])).texts().tolist() == ["", "a"]
    assert field.is_any(["a", "nowhere"]).tolist() == [False, True, False, False]
    assert field.is_any([""]).tolist() == [False, False, True, False]
    assert field.is_any(["nowhere"]).tolist() == [False] * 4


def test_where_joins_fields_by_and_and_lists_by_or():
    labels = trade()
    assert labels.where(kind="ship", period=1).tolist() == [3, 4]
    assert labels.where(kind="ship", period=1, country="JPN").tolist() == [4]
    assert labels.where(country=["CHN", "JPN"]).tolist() == [0, 2, 4]
    assert labels.where(period=[0, 1]).tolist() == [2, 3, 4, 5]
    assert labels.where(kind=["stock", "produce"]).tolist() == [0, 1, 5]


def test_where_takes_a_group_for_its_members():
    assert trade().where(country="allies").tolist() == [1, 4]
    assert trade().expand(["allies", "USA", "CHN"]) == ("USA", "JPN", "CHN")


def test_where_without_a_condition_is_everything_and_none_sets_no_condition():
    assert trade().where().tolist() == [0, 1, 2, 3, 4, 5]
    assert trade().where(country=None).tolist() == [0, 1, 2, 3, 4, 5]


def test_where_finds_nothing_in_blocks_without_the_field_or_of_unknown_kind():
    assert trade().where(kind="produce", period=0).tolist() == []
    assert trade().where(kind="sell").tolist() == []
    assert Labels(()).where().tolist() == []


@pytest.mark.parametrize("several", [iter, set, tuple, np.array])
def test_where_takes_any_collection(several):
    """An iterator is spent by the first block, and NumPy reads a set as one value: neither may matter."""
    labels = Labels((block("a", period=[0, 1, 2]), block("b", period=[1, 2, 3])))
    assert labels.where(period=several([1, 3])).tolist() == [1, 3, 5]
    if several is not np.array:
        assert trade().where(country=several(["CHN", "JPN"])).tolist() == [0, 2, 4]


def test_texts_of_all_and_of_chosen_entries_agree():
    labels = trade()
    everything = labels.texts("country")
    chosen = np.array([4, 0, 5, 2, 3])
    assert labels.texts("country", chosen).tolist() == everything[chosen].tolist()
    assert everything.tolist() == ["CHN", "USA", "CHN", "", "JPN", ""]


def test_kinds_and_describe_name_every_entry():
    labels = trade()
    assert labels.kinds().tolist() == ["produce"] * 2 + ["ship"] * 3 + ["stock"]
    assert labels.describe(2) == {"kind": "ship", "from_": "m", "to_": "p", "country": "CHN", "period": "0"}
    assert labels.describe(3) == {"kind": "ship", "from_": "m", "to_": "q", "period": "1"}
    assert labels.describe(5) == {"kind": "stock", "id": "vault", "period": "0"}
    assert len(labels) == 6


def test_names_say_what_and_where():
    assert trade().names() == [
        "produce(mine)",
        "produce(plant)",
        "ship(m,p,0)",
        "ship(m,q,1)",
        "ship(p,q,1)",
        "stock(vault,0)",
    ]


def test_names_take_up_further_labels_only_to_tell_entries_apart():
    """Two entries share an id; the country tells them apart, the stage does not and stays out."""
    twins = block("produce", id=["a", "a"], stage=["mining", "mining"], country=["CHN", "USA"])
    assert Labels((twins,)).names() == ["produce(a,CHN)", "produce(a,USA)"]


def test_names_that_become_alike_are_numbered_past_those_that_exist():
    labels = Labels((block("buy", id=["a-b", "a_b", "a b", "x"]), Block("buy(x)~2", 1, {})))
    assert labels.names() == ["buy(a_b)", "buy(a_b)~2", "buy(a_b)~3", "buy(x)", "buy_x_~2"]
    assert Labels((block("buy", id=["x"]), block("buy", id=["x"]))).names() == ["buy(x)", "buy(x)~2"]
    assert Labels((Block("buy", 2, {}), Block("buy~2", 1, {}))).names() == ["buy", "buy~3", "buy~2"]


def test_names_too_long_for_a_file_are_cut_and_still_told_apart():
    names = Labels((block("buy", id=["x" * 150 + "1", "x" * 150 + "2", "y" * 95]),)).names()
    assert [len(name) for name in names] == [89, 91, 100]
    assert len(set(names)) == 3


def test_names_that_an_lp_file_would_read_as_a_number_get_a_letter():
    assert Labels((Block("e5", 1, {}), Block("2nd", 1, {}), Block("export", 1, {}))).names() == [
        "n_e5",
        "n_2nd",
        "export",
    ]


def test_names_keep_letters_without_their_accents():
    assert Labels((block("buy", id=["Kolwezi-é", "鉱山"]),)).names() == ["buy(Kolwezi_e)", "buy(__)"]


@given(st.lists(st.tuples(words, words), min_size=1, max_size=12), words)
def test_names_are_unique_safe_and_short(entries, kind):
    ids, sites = zip(*entries, strict=True)
    labels = Labels((block("ship", id=list(ids), site=list(sites)), Block(kind, 2, {})))
    names = labels.names()
    assert len(set(names)) == len(names) == len(labels)
    for name in names:
        assert SAFE.fullmatch(name)
        assert len(name) <= 100
        assert not re.match(r"[eE](\d|[eE]|$)", name)


def test_numbers_are_those_of_the_texts_whether_of_one_block_or_of_several():
    labels = trade()
    assert labels.numbers("period", np.array([4, 2, 3])).tolist() == [1, 0, 1]
    assert labels.numbers("period", np.array([5, 3])).tolist() == [0, 1]
    assert labels.numbers("period", np.array([], dtype=int)).tolist() == []


def test_a_selection_is_worked_out_once_and_what_it_raises_is_raised_each_time():
    labels, asked = trade(), []

    def make():
        asked.append(1)
        return np.array([2, 4])

    assert labels.selection("abroad", make) is labels.selection("abroad", make)
    assert len(asked) == 1
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            labels.selection("none", lambda: np.array([1 // 0]))
    with pytest.raises(ValueError, match="read-only"):
        labels.selection("abroad", make)[0] = 3
