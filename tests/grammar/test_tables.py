"""Sections in CSV tables: what a cell is, where it stands, and which files may be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import resilience as rs
from tests.grammar.faults import problems_of_file

HEAD = """\
commodities: {ore: {}, oxide: {}}
demands: {smelter: {country: FIN, commodity: ore, quantity: 8}}
"""


def write(folder: Path, table: str | bytes, supplies: str = "supplies.csv", lanes: str = "") -> Path:
    """Write a network whose supplies stand in a table."""
    content = table.encode() if isinstance(table, str) else table
    (folder / "supplies.csv").write_bytes(content)
    path = folder / "network.yaml"
    lanes = lanes or "[{from: {kind: supply}, to: smelter, commodity: ore}]"
    path.write_text(f"{HEAD}supplies: {supplies}\nlanes: {lanes}\n", encoding="utf-8")
    return path


def fault(path: Path) -> tuple[str, int, int, str, str]:
    """Return the only fault of a network."""
    problems = problems_of_file(path)
    assert len(problems) == 1, problems
    problem = problems[0]
    return Path(problem.file).name, problem.line, problem.column, problem.path, problem.message


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_quotes_line_ends_empty_cells_and_blank_lines(tmp_path, end):
    rows = ["id,country,commodity,price,quantity,name,note", 'a,COD,ore,10,,"A, ""the"" mine",', "", ",,,,,,"]
    network = rs.Network.from_file(
        write(tmp_path, end.join([*rows, "b,AUS,ore,1_000,5%,B"])[:-2].replace("5%", "5"))
    )
    a, b = network.spec.supplies["a"], network.spec.supplies["b"]
    assert (a.name, a.price, a.quantity, a.note) == ('A, "the" mine', 10, None, "")
    assert (b.price, b.quantity) == (1000, 5)


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    network = rs.Network.from_file(write(tmp_path, b"\xef\xbb\xbfid,country,commodity,price\na,COD,ore,1\n"))
    assert list(network.spec.supplies) == ["a"]


def test_dots_lead_into_nested_fields_and_semicolons_part_lists(tmp_path):
    table = (
        "id,country,commodity,price,source.price,source.quantity,confidence.price\n"
        "a,COD,ore,1,assumed: why; or not,assumed: x,A\n"
    )
    source = rs.Network.from_file(write(tmp_path, table)).spec.supplies["a"].source
    assert source == {"price": ("assumed: why; or not",), "quantity": ("assumed: x",)}


def test_a_nested_field_and_a_list_in_the_cells_of_a_lane(tmp_path):
    (tmp_path / "lanes.csv").write_text(
        "from,to,commodity,cost.fixed,cost.per_tonne_km,cost.distance\na,smelter,ore;,60,0.1,200\n"
    )
    path = write(tmp_path, "id,country,commodity,price\na,COD,ore,1\n", lanes="lanes.csv")
    assert rs.Network.from_file(path).solve().cost == pytest.approx(8 * (1 + 60 + 0.1 * 200))


def test_a_table_of_lanes_may_have_ids(tmp_path):
    (tmp_path / "lanes.csv").write_text("id,from,to,commodity\nroad,a,smelter,ore\n")
    path = write(tmp_path, "id,country,commodity,price\na,COD,ore,1\n", lanes="lanes.csv")
    assert list(rs.Network.from_file(path).spec.lanes) == ["road"]


def test_a_list_of_lanes_takes_in_tables_and_keeps_every_place(tmp_path):
    (tmp_path / "lanes.csv").write_text("from,to,commodity,cost\na,smelter,ore,1\na,smeltr,ore,2\n")
    lanes = (
        "\n  - {from: a, to: smelter, commodity: ore, cost: &x {fixed: -1}}"
        "\n  - lanes.csv\n  - {from: a, to: smelterr, commodity: ore}"
        "\n  - {from: a, to: smelter, commodity: ore, cost: *x}"
    )
    problems = problems_of_file(write(tmp_path, "id,country,commodity,price\na,COD,ore,1\n", lanes=lanes))
    found = [(Path(one.file).name, one.line, one.column, one.path) for one in problems]
    assert found == [
        ("lanes.csv", 3, 3, "lanes.2.to"),
        ("network.yaml", 5, 61, "lanes.0.cost.fixed"),
        ("network.yaml", 5, 61, "lanes.4.cost.fixed"),
        ("network.yaml", 7, 19, "lanes.3.to"),
    ]


def test_a_table_within_a_list_has_no_ids(tmp_path):
    (tmp_path / "lanes.csv").write_text("id,from,to,commodity\nroad,a,smelter,ore\n")
    path = write(tmp_path, "id,country,commodity,price\na,COD,ore,1\n", lanes="\n  - lanes.csv")
    assert fault(path)[1:3] == (5, 5)
    assert "drop its column `id`" in fault(path)[4]


@pytest.mark.parametrize(
    ("table", "place", "message"),
    [
        (
            "id,country,commodity,price\na,COD,ore,1\na,AUS,ore,2\n",
            (3, 1, "supplies.a"),
            "first is on line 2",
        ),
        ("id,country,commodity,price\n,COD,ore,1\n", (2, 1, "supplies"), "a row without id"),
        ("country,commodity,price\nCOD,ore,1\n", (1, 1, "supplies"), "no column `id`"),
        ("id;country;commodity;price\na;COD;ore;1\n", (1, 1, "supplies"), "parted by commas"),
        ("", (1, 1, "supplies"), "an empty table"),
        ("id,country,commodity,price\na,COD,ore,1,2\n", (2, 13, "supplies"), "5 cells under 4"),
        (
            "id,country,price,commodity,price\na,COD,1,ore,2\n",
            (1, 28, "supplies"),
            "column 'price' stands twice",
        ),
        ("id,country,commodity,\na,COD,ore,7\n", (2, 11, "supplies.a"), "a column without a name"),
        ('id,country,commodity,price\na,"C"OD,ore,1\n', (2, 1, "supplies"), "not CSV"),
        ('id,country,commodity,price\na,"COD,ore,1\n', (2, 1, "supplies"), "not CSV"),
        ("id,country,commodity,price\na b,COD,ore,1\n", (2, 1, "supplies.a b"), "is not an id"),
        ("id,country,commodity,price\na,COD,ore,x\n", (2, 11, "supplies.a.price"), "'x' is not a number"),
        (
            'id,"country",commodity,price\n"a","CO,D",ore,1\n',
            (2, 5, "supplies.a.country"),
            "unknown country 'CO,D'",
        ),
        ("id,country,commodity,pric\na,COD,ore,5\n", (2, 11, "supplies.a.pric"), "did you mean 'price'?"),
        (
            "id,country,commodity,price.x,price\na,COD,ore,1,2\n",
            (2, 13, "supplies.a"),
            "both a value and a group",
        ),
        (
            "id,country,commodity,price,price.x\na,COD,ore,1,2\n",
            (2, 13, "supplies.a"),
            "both a value and a group",
        ),
        ("id,country,commodity,a.b.c.d.e\na,COD,ore,1\n", (2, 11, "supplies.a"), "leads too deep"),
        (b"id,country,commodity,price\na,COD,\xe9,1\n", (2, 7, ""), "not UTF-8 text"),
        (
            "id,country,commodity,price,note\na,COD,ore,1,\x1b[2J\n",
            (2, 13, "supplies.a"),
            "U+001B cannot stand",
        ),
    ],
)
def test_faults_of_a_table_are_located_in_the_table(tmp_path, table, place, message):
    problems = problems_of_file(write(tmp_path, table))
    problem = next(one for one in problems if message in one.message)
    assert problem.file.endswith(".csv")
    assert (problem.line, problem.column, problem.path) == place


def test_a_cell_over_two_lines_does_not_shift_the_lines_below(tmp_path):
    table = 'id,country,commodity,price,note\na,COD,ore,1,"two\nlines"\nb,COD,ore,x,\n'
    assert fault(write(tmp_path, table))[:4] == ("supplies.csv", 4, 11, "supplies.b.price")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("/etc/passwd", "is not a relative path"),
        ("../supplies.csv", "leads out of the network's folder"),
        ("sub/../../supplies.csv", "leads out of the network's folder"),
        ("'C:\\supplies.csv'", "is not a relative path"),
        ("file:///etc/passwd", "is not a relative path"),
        ("suplies.csv", "did you mean 'supplies.csv'?"),
        ("''", "is not a file"),
        (".", "is not a file"),
        ("link.csv", "leads out of the network's folder"),
        ("folder/outside.csv", "leads out of the network's folder"),
        ("loop.csv", "link"),
        ("pipe.csv", "is not a file"),
        ("x" * 3000, "'xxx"),
    ],
)
def test_no_path_leads_out_of_the_folder(tmp_path, name, message):
    outside, folder = tmp_path / "outside.csv", tmp_path / "network"
    folder.mkdir()
    outside.write_text("id,country,commodity,price\na,COD,ore,1\n")
    (folder / "link.csv").symlink_to(outside)
    (folder / "folder").symlink_to(tmp_path)
    (folder / "loop.csv").symlink_to(folder / "loop.csv")
    os.mkfifo(folder / "pipe.csv")
    path = write(folder, outside.read_text(), supplies=name)
    problems = problems_of_file(path)
    assert (problems[0].line, problems[0].path) == (3, "supplies")
    assert message in problems[0].message


def test_a_link_within_the_folder_is_followed(tmp_path):
    path = write(tmp_path, "id,country,commodity,price\na,COD,ore,1\n", supplies="link.csv")
    (tmp_path / "link.csv").symlink_to("supplies.csv")
    assert rs.Network.from_file(path).solve().cost == pytest.approx(8)


def test_policies_may_be_a_table_and_blocs_may_not(tmp_path):
    (tmp_path / "policies.csv").write_text("id,type,country\nstop,outage,COD\n")
    path = write(tmp_path, "id,country,commodity,price\na,COD,ore,1\nb,AUS,ore,2\n")
    text = path.read_text()
    path.write_text(f"{text}policies: policies.csv\n")
    assert list(rs.Network.from_file(path).spec.policies) == ["stop"]
    path.write_text(f"{text}blocs: blocs.csv\n")
    assert fault(path)[4] == "wanted a mapping from id to entry, not 'blocs.csv'"


def test_a_network_from_text_has_no_folder():
    with pytest.raises(rs.InputError, match="load the network from a file"):
        rs.Network.from_yaml(f"{HEAD}supplies: supplies.csv\n")
