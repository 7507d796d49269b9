"""What lanes are called: made when asked for, one by one or all, and as they always were."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from resilience.formulation.lane_names import LaneNames
from resilience.program.labels import Coded


def names(numbered=None, own=None) -> LaneNames:
    """Lanes a>b:ore twice, a>c:ore and b>c:oxide, of three entries."""
    sites, goods = np.array(["a", "b", "c"], dtype=object), np.array(["ore", "oxide", ""], dtype=object)
    ends = np.array([0, 0, 0, 1]), np.array([1, 1, 2, 2]), np.array([0, 0, 0, 1])
    return LaneNames(sites, goods, *ends, np.array([0, 1, 1, 2]), own, numbered or {})


def test_a_lane_is_called_by_its_ends_and_its_goods_and_numbered_where_there_are_two():
    found = names({1: "a>b:ore#2"})
    assert list(found) == ["a>b:ore", "a>b:ore#2", "a>c:ore", "b>c:oxide"]
    assert found[-1] == "b>c:oxide"
    assert found[1:3] == ("a>b:ore#2", "a>c:ore")
    assert found.index("a>c:ore") == 2
    assert found == tuple(found)
    with pytest.raises(IndexError):
        found[4]


def test_an_entry_of_one_lane_gives_it_its_own_name():
    assert list(names(own=np.array(["rail", "", "boat"], dtype=object))) == [
        "rail",
        "a>b:ore",
        "a>c:ore",
        "boat",
    ]


def test_labels_make_no_more_names_than_are_asked_for():
    labels = Coded(np.array([3, -1, 0, 2]), names())
    assert labels.texts_of(np.array([3, -1])).tolist() == ["b>c:oxide", ""]
    assert "table" not in vars(labels)
    assert labels.texts().tolist() == ["b>c:oxide", "", "a>b:ore", "a>c:ore"]
    assert labels.is_any(["a>c:ore", "", "nowhere"]).tolist() == [False, True, False, True]
    assert pickle.loads(pickle.dumps(labels)).texts().tolist() == labels.texts().tolist()
