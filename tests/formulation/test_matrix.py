"""Numbers of keys and compressed columns: the same whichever way they are found."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from resilience.formulation import matrix

PARTS = st.lists(
    st.lists(st.integers(0, 9), max_size=6).map(lambda keys: np.array(keys, dtype=np.int64)), min_size=1
)


@given(PARTS, st.sampled_from([10, 10_000]))
def test_keys_are_numbered_in_order_however_sparse_they_are(parts, size):
    known, numbers = matrix.numbered(parts, size)
    assert known.tolist() == sorted({int(key) for part in parts for key in part})
    assert [known[number].tolist() for number in numbers] == [part.tolist() for part in parts]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(-5, 5)), max_size=12))
def test_compressed_columns_hold_the_sum_of_what_stands_at_each_place(entries):
    rows, columns, values = (
        np.array([entry[part] for entry in entries], dtype=np.int64) for part in range(3)
    )
    starts, indices, found = matrix.compress([(rows, columns, values.astype(float))], 5)
    dense = np.zeros((4, 5))
    np.add.at(dense, (rows, columns), values)
    assert starts[-1] == len(indices) == len(set(zip(rows.tolist(), columns.tolist(), strict=True)))
    for column in range(5):
        inside = slice(starts[column], starts[column + 1])
        assert indices[inside].tolist() == sorted(indices[inside].tolist())
        np.testing.assert_array_equal(found[inside], dense[indices[inside], column])
