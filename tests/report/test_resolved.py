"""The merged file is YAML that reads back as the same data."""

from __future__ import annotations

import pytest

import resilience as rs
from resilience.grammar import read_text, shipped_networks
from resilience.report.resolved import resolved, scalar

TRICKY = (
    "a: b", "# no comment", "a #b", "- item", "yes", "null", "~", "", " padded ", "[list]", "{map}",
    "*alias", "&anchor", "'quoted'", '"double"', "100%", "%tag", "@at", "`tick", "12 kt/yr", "-5", "1e6",
    "assumed: a guess", "a, b", "ends:", "tab\there", "line\nbreak", "Türkiye", "!tag", "| pipe", "> fold",
    "? key", "back\\slash", "é", "x:y", "-", "a -b", "(a)", "a<b>c",
)  # fmt: skip


@pytest.mark.parametrize("text", TRICKY)
def test_any_text_survives(text):
    for line in (f"key: {scalar(text)}  # comment", f"key: [{scalar(text, in_list=True)}, z]  # comment"):
        document = read_text(line)
        assert not document.problems, line
        value = document.data["key"]
        assert (value if isinstance(value, str) else value[0]) == text


@pytest.mark.parametrize("name", sorted(shipped_networks()))
def test_a_shipped_network_reads_back_the_same(name):
    network = rs.load(name)
    document, chain = network.resolved(None)
    again = read_text(resolved(document, chain))
    assert not again.problems
    assert again.data == document.data
