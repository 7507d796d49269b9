"""Plain data to a network: what is refused, where it is said to stand, and what is said to have been meant."""

# ruff: noqa: E501  (a case is a line)

from __future__ import annotations

import pytest

import resilience as rs
from resilience.errors import ScenarioError
from resilience.policies import POLICIES
from tests.grammar.faults import only_fault, place_in, problems_of, spoilt
from tests.grammar.samples import EVERY_SECTION

THERE_ARE = f"(there are {', '.join(sorted(POLICIES))})"


def test_the_sample_has_something_in_every_section_and_no_fault():
    network = rs.Network.from_yaml(EVERY_SECTION)
    assert all(
        getattr(network.spec, key) for key in ("sites", "ports", "hubs", "supplies", "limits", "sources")
    )
    for scenario in network.scenarios:
        assert network.solve(scenario).certificate.holds


@pytest.mark.parametrize(
    ("right", "wrong", "path", "meant"),
    [
        ("\ncommodities:", "\ncomodities:", "comodities", "commodities"),
        ("mass: t", "mas: t", "units.mas", "mass"),
        ("periods: 2", "period: 2", "horizon.period", "periods"),
        ("CHN: {name: China}", "CHN: {nam: China}", "countries.CHN.nam", "name"),
        ("basis: contained", "basiss: contained", "commodities.oxide.basiss", "basis"),
        ("inputs: {ore: 1}", "input: {ore: 1}", "processes.separation.input", "inputs"),
        ("tianjin: {country", "tianjin: {contry", "ports.tianjin.contry", "country"),
        ("distance: 7000", "distanc: 7000", "sea_distances.0.distanc", "distance"),
        ("[40, 110], port", "[40, 110], prot", "sites.inner.prot", "port"),
        ("minimum: 10", "minimun: 10", "facilities.plant.minimun", "minimum"),
        ("passes: [oxide]", "pases: [oxide]", "hubs.depot.pases", "passes"),
        ("loss: 0.1%", "los: 0.1%", "lanes.0.los", "loss"),
        ("{stage: mining}", "{stag: mining}", "lanes.1.from.stag", "stage"),
        ("sector: defence", "secter: defence", "demands.defence.secter", "sector"),
        ("price: 200000", "prise: 200000", "supplies.trader.prise", "price"),
        ("at_most: 150000", "at_mots: 150000", "limits.site_total.at_mots", "at_most"),
        ("weight: 2", "wieght: 2", "limits.site_total.over.1.wieght", "weight"),
        ("{country: AUS}, weight", "{contry: AUS}, weight", "limits.site_total.over.0.facility.contry", "country"),
        ("to: depot, commodity: oxide}}", "to: depot, comodity: oxide}}", "limits.landed.over.lane.comodity", "commodity"),
        ("basis: baseline", "bais: baseline", "policies.half.bais", "basis"),
        ("rate: 25%", "rat: 25%, specific: 1", "policies.duty.rat", "rate"),
        ("cut: 0.5", "cutt: 0.5", "policies.strike.cutt", "cut"),
        ("description: Half", "descripton: Half", "scenarios.cut.descripton", "description"),
        ("publisher: USGS", "publiser: USGS", "sources.usgs.publiser", "publisher"),
    ],
)  # fmt: skip
def test_an_unknown_key_is_located_and_the_nearest_is_suggested(right, wrong, path, meant):
    text = spoilt((right, wrong))
    found = {one.path: one for one in problems_of(text)}[path]
    assert f"did you mean '{meant}'?" in found.message
    key = path.rpartition(".")[2]
    assert text.splitlines()[found.line - 1][found.column - 1 :].startswith(key)


@pytest.mark.parametrize(
    ("right", "wrong", "path", "message"),
    [
        ("[USA]", "[UUSA]", "policies.half.to.0", "unknown country or bloc 'UUSA'; did you mean 'USA'?"),
        ("importer: USA", "importer: US", "policies.duty.importer", "unknown country or bloc 'US'; did you mean 'USA' (United States)?"),
        ("mine: {country: AUS", "mine: {country: NO", "facilities.mine.country", "unknown country 'NO'; did you mean 'NOR' (Norway)?"),
        ("mine: {country: AUS", "mine: {country: Australia", "facilities.mine.country", "unknown country 'Australia'; did you mean 'AUS' (Australia)?"),
        ("  USA: {}", "  USSR: {}", "countries.USSR", "'USSR' is not an ISO 3166-1 alpha-3 code"),
        ("from: CHN, to: allies", "from: alies, to: USA", "policies.ban.from", "unknown country, bloc or facility 'alies'; did you mean 'allies'?"),
        ("commodity: ore, cost: 140", "commodity: or, cost: 140", "lanes.0.commodity", "unknown commodity 'or'; did you mean 'ore'?"),
        ("outputs: {oxide: 0.2", "outputs: {oxyde: 0.2", "processes.separation.outputs.oxyde", "unknown commodity 'oxyde'; did you mean 'oxide'?"),
        ("site: inner, stage", "site: iner, stage", "facilities.plant.site", "unknown site 'iner'; did you mean 'inner'?"),
        ("port: tianjin", "port: tianjing", "sites.inner.port", "unknown port 'tianjing'; did you mean 'tianjin'?"),
        ("{from: mine, to: plant,", "{from: mine, to: plnt,", "lanes.0.to", "unknown place 'plnt'; did you mean 'plant'?"),
        ("{from: mine, to: plant,", "{from: AUS, to: plant,", "lanes.0.from", "unknown place 'AUS'; a country is a label, not a place: write {country: AUS}"),
        ("facility: plant_b", "facility: {stage: procesing}", "policies.strike.facility.stage", "unknown stage 'procesing'; did you mean 'processing'?"),
        ("facility: plant_b", "facility: {sector: civil}", "policies.strike.facility.sector", "unknown sector 'civil' (1 declared)"),
        ("policies: [half]", "policies: [haf]", "scenarios.cut.policies.0", "unknown policy 'haf'; did you mean 'half'?"),
        ("extends: baseline", "extends: baselin", "scenarios.cut.extends", "unknown scenario 'baselin'; did you mean 'baseline'?"),
        ("source: usgs", "source: ugs", "commodities.ore.source", "unknown source 'ugs'; did you mean 'usgs'?; a figure without a source is written `assumed: why`"),
        ("without: [half]", "without: [ban]", "scenarios.banned.without.0", "'ban' is not in force in what this extends"),
    ],
)  # fmt: skip
def test_an_unknown_name_is_located_and_the_nearest_is_suggested(right, wrong, path, message):
    text = spoilt((right, wrong))
    found = only_fault((right, wrong))
    assert (found.path, found.message) == (path, message)
    line, _ = place_in(text, wrong)
    assert found.line == line + wrong.startswith("\n")


@pytest.mark.parametrize(
    ("right", "wrong", "path", "message"),
    [
        ("capacity: 45_000", "capacity: 45 km", "facilities.mine.capacity", "'km' is not a unit of t/yr"),
        ("capacity: 45_000", "capacity: 45 kt", "facilities.mine.capacity", "'kt' is not a unit of t/yr; did you mean 'kt/yr'?"),
        ("capacity: 45_000", "capacity: 45%", "facilities.mine.capacity", "a percentage cannot be given in t/yr"),
        ("capacity: 45_000", "capacity: -1", "facilities.mine.capacity", "-1 is below the least possible, 0"),
        ("capacity: 45_000", "capacity: .nan", "facilities.mine.capacity", "'.nan' is not a finite number"),
        ("capacity: 45_000", "capacity: -.inf", "facilities.mine.capacity", "'-.inf' is not a finite number"),
        ("capacity: 45_000", "capacity: 1e400", "facilities.mine.capacity", "'1e400' is larger than any quantity may be (1e+15)"),
        ("capacity: 45_000", "capacity: 12:30", "facilities.mine.capacity", "'12:30' is not a number"),
        ("capacity: 45_000", "capacity: '45,000'", "facilities.mine.capacity", "'45,000' is not a number; write 45_000 or 45000"),
        ("capacity: 45_000", "capacity: '4,5'", "facilities.mine.capacity", "'4,5' is not a number; write 4.5"),
        ("capacity: 45_000", "capacity: [1]", "facilities.mine.capacity", "wanted a number in t/yr, not a list"),
        ("capacity: 45_000", "capacity: {}", "facilities.mine.capacity", "an empty mapping; wanted dates and numbers"),
        ("capacity: 45_000", "capacity: ''", "facilities.mine.capacity", "wanted a number in t/yr, not nothing"),
        ("cost: 2900", "cost: 3 XYZ/t", "facilities.mine.cost", "unknown unit 'XYZ'; wanted USD/t"),
        ("cost: 2900", "cost: 3 USD/ton", "facilities.mine.cost", "unit 'ton' is ambiguous; write t (1000 kg), short_ton or long_ton"),
        ("cost: 2900", "cost: []", "facilities.mine.cost", "an empty list of tiers"),
        ("cost: 2900", "cost: [{cost: 1}, {cost: 2}]", "facilities.mine.cost.0", "a tier without capacity takes everything, so none may follow it"),
        ("cost: 2900", "cost: [{capacity: 5}]", "facilities.mine.cost.0", "a tier needs a `cost`"),
        ("cost: 2900", "cost: [5]", "facilities.mine.cost.0", "wanted {capacity: , cost: }, not '5'"),
        ("yield: 95%", "yield: 2000", "facilities.plant.yield", "2000 is above the most possible, 1000"),
        ("yield: 95%", "yield: 0.9 t", "facilities.plant.yield", "'t' is a unit, and a share has none; write 0.9 or a percentage"),
        ("loss: 0.1%", "loss: 100%", "lanes.0.loss", "1 must be below 1"),
        ("{ore: 1}\n    outputs", "{ore: 0}\n    outputs", "processes.separation.inputs.ore", "0 must be above 0"),
        ("lead_time: 0", "lead_time: 1.5", "lanes.0.lead_time", "1.5 periods; wanted a whole number, or a time with its unit (45 days)"),
        ("lead_time: 0", "lead_time: 3 km", "lanes.0.lead_time", "'km' is not a unit of yr"),
        ("location: [-28, 122]", "location: [122, -28]", "facilities.mine.location.0", "latitude 122 is not within -90 and 90"),
        ("location: [-28, 122]", "location: [-28]", "facilities.mine.location", "wanted [latitude, longitude], not a list"),
        ("confidence: C", "confidence: sure", "facilities.mine.confidence", "'sure' is not a grade: A, B or C"),
        ('{cost: "assumed', '{csot: "assumed', "facilities.mine.source.csot", "'csot' is not a field here; did you mean 'cost'?"),
        ("customs: true", "customs: yes", "hubs.depot.customs", "wanted true or false, not 'yes'"),
        ("periods: 2", "periods: 0", "horizon.periods", "0 is below the least possible, 1"),
        ("periods: 2", "periods: 1e9", "horizon.periods", "1e+09 is above the most possible, 1200"),
        ("start: 2025-01", "start: 9999-01", "horizon.start", "the horizon ends after the year 9999"),
        ("start: 2025-01", "start: 2025-01-31", "horizon.start", "day 31 does not exist in every month; start on the 1st"),
        ("step: year", "step: week", "horizon.step", "'week' is not one of year, quarter or month"),
        ("mass: t", "mass: km", "units.mass", "'km' is not a unit of mass, and cannot be made one"),
        ("name: Every section", "name: [a]", "name", "wanted a text, not a list"),
        ("minimum: 10", "minimum: 90000", "facilities.plant.minimum", "minimum 90000 is above capacity 80000"),
        ("at_most: 9000, at_least: 0", "at_most: 9000, equals: 0", "limits.landed.equals", "`equals` stands alone; drop `at_most` and `at_least`"),
        (", at_most: 150000", "", "limits.site_total", "has no bound: give at_most, at_least, equals or count"),
        ("over: {lane", "over: {hub: depot, lane", "limits.landed.over", "wants one of lane, facility, supply, demand, hub, project, limit, not lane and hub"),
        ("over: [{facility: {country: AUS}, weight: 1}", "over: [5", "limits.site_total.over.0", "wanted a mapping of fields, not '5'"),
        ("cut: 50%, basis", "cut: 50%, quota: 5, basis", "policies.half", "a cut and a quota contradict each other; give one of them"),
        ("cut: 50%, basis", "basis", "policies.half", "`basis` says what a `cut` is relative to, and there is no cut"),
        ("cut: 100%", "cut: 110%", "policies.ban.cut", "1.1 is above the most possible, 1"),
        ("from: CHN, to: allies", "from: CHN, to: CHN", "policies.ban", "'CHN' restricts exports to itself"),
        ("rate: 25%, ", "", "policies.duty", "a tariff needs a `rate` (share of the price) or a `specific` duty (per tonne)"),
        ("facility: plant_b, ", "", "policies.strike", "an outage needs a `facility`, a `lane` or a `country`"),
        ("until: 2026", "from: 2027, until: 2026", "policies.strike", "until 2026-01-01 is not after since 2027-01-01"),
        ("type: tariff", "type: tarif", "policies.duty.type", f"unknown policy type 'tarif'; did you mean 'tariff'? {THERE_ARE}"),
        ("type: tariff", "type: [tariff]", "policies.duty.type", f"unknown policy type a list; did you mean 'tariff'? {THERE_ARE}"),
        ("process: separation, capacity: 9000", "process: separation, outputs: {ore: 1}, capacity: 9000", "facilities.plant_b.process", "has a `process` and its own `inputs` or `outputs`; give one of the two"),
        ("process: separation, capacity: 9000", "capacity: 9000", "facilities.plant_b", "makes nothing: give a `process`, or `outputs`"),
        ("{country: AUS, stage: processing", "{country: AUS", "facilities.plant_b", "needs a `stage`: one of mining, processing"),
        ("mine: {country: AUS, ", "mine: {", "facilities.mine", "needs a `country` (its own or its site's)"),
        ("plant: {site: inner", "plant: {country: AUS, site: inner", "facilities.plant.country", "'AUS', but site 'inner' is in 'CHN'"),
        ("plant: {site: inner", "plant: {site: pit", "facilities.plant.site", "'pit' is itself at site 'inner'; name that one"),
        (", quantity: 1500, shortfall_cost: 900000", "", "demands.defence", "needs a `quantity`, or a `price` that makes it an outlet"),
        ("commodity: oxide, price: 200000", "commodity: oxide", "supplies.trader", "needs `price`"),
        ("- {from: mine, to: plant,", "- {from: mine,", "lanes.0", "needs `to`"),
        ("- {from: mine, to: plant,", "- {from: mine, to: mine,", "lanes.0.to", "starts and ends at the same place"),
        ("- {from: mine, to: plant,", "- {from: mine, to: {},", "lanes.0.to", "an empty selector"),
        ("- {from: mine, to: plant,", "- {from: mine, to: {kind: mine},", "lanes.0.to.kind", "unknown kind 'mine'; facility, hub, supply, demand or site"),
        ("[defence, market]", "[defence, defence]", "lanes.3.to", "'defence' stands twice in the list"),
        ("[defence, market]", "[defence, [market]]", "lanes.3.to.1", "wanted a name, not a list"),
        ("commodity: oxide, quantity: 1500", "commodity: '', quantity: 1500", "demands.defence.commodity", "wanted a name, not nothing"),
        ("  trader: {", "  mine: {", "supplies.mine", "'mine' is already an id under `facilities:`"),
        ("  trader: {", "  a.b: {", "supplies.a.b", "'a.b' is not an id; letters, digits, _ and - only"),
        ("  allies: [", "  NOR: [", "blocs.NOR", "'NOR' is a country; a bloc needs a name of its own"),
        ("allies: [AUS, USA]", "allies: [AUS, AUS]", "blocs.allies.1", "'AUS' stands twice"),
        ("allies: [AUS, USA]", "allies: []", "blocs.allies", "wanted a list of countries, not an empty one"),
        ("[mining, processing]\n\n", "[mining, processing, mining]\n\n", "stages.2", "'mining' stands twice"),
        ("extends: baseline", "extends: banned", "scenarios.cut.extends", "extends itself: cut -> banned -> cut"),
        ("  baseline: {", "  base: {policies: []}\n  baseline: {", "scenarios.base", "'base' means the network without any scenario; choose another id"),
        ("set: {facilities.plant_b.capacity: 20000, facilities: {mine: {cost: 2000}}}", "set: 5", "scenarios.banned.set", "wanted a mapping from path to value"),
        ("distance: sea}", "distance: se}", "lanes.1.cost.distance", "'se' is not a distance: great_circle, sea, or a number of km"),
        ("fixed: 60, per_tonne_km: 0.015", "fixd: 60, per_tonne_km: 0.015", "lanes.1.cost.fixd", "unknown field 'fixd'; a freight rate has fixed, per_tonne_km, per_tonne_km_inland and distance"),
        ("from: tianjin, to: houston", "from: houston, to: houston", "sea_distances.2", "from a port to itself"),
        ("from: tianjin, to: houston", "from: tianjin, to: fremantle", "sea_distances.2", "'tianjin' and 'fremantle' have another distance already: 7000"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_located_and_explained(right, wrong, path, message):
    text = spoilt((right, wrong))
    found = {one.path: one for one in problems_of(text)}
    assert path in found
    assert found[path].message == message
    before = EVERY_SECTION[: EVERY_SECTION.index(right)]
    first = before.count("\n") + 1
    assert first - 2 <= found[path].line <= first + wrong.count("\n") + 1


@pytest.mark.parametrize(
    ("right", "wrong", "piece"),
    [
        ("loss: 0.1%", "loss: 200%", "200%"),
        ("{stage: mining}", "{stage: minning}", "minning"),
        ("{capacity: 100, cost: 90 USD/kg}", "{capacity: -100, cost: 90 USD/kg}", "-100"),
        ("2026: 70000", "2026: -70000", "-70000"),
        ("facility: pit, weight: 2", "facility: pti, weight: 2", "pti"),
        ("to: [USA]", "to: [USB]", "USB"),
        ('"assumed: a guess"', "guess", "guess"),
        ("from: trader", "from: trade", "trade"),
    ],
)
def test_the_column_is_that_of_the_piece_at_fault(right, wrong, piece):
    text = spoilt((right, wrong))
    found = only_fault((right, wrong))
    line, column = place_in(text, wrong)
    assert (found.line, found.column) == (line, column + wrong.index(piece))
    assert found.width == len(piece)


def test_a_value_that_a_scenario_sets_is_located_where_the_scenario_sets_it():
    right = "facilities.plant_b.capacity: 20000"
    for wrong, path, piece in (
        ("facilities.plant_b.capacity: -5", "facilities.plant_b.capacity", "-5"),
        ("facilities.plant_b.capcity: 5", "facilities.plant_b.capcity", "facilities.plant_b.capcity"),
        ("facilities.plant_b.cost: [{cost: 3, x: 1}]", "facilities.plant_b.cost.0.x", "x"),
        ("lanes.0.commodity: oxid", "lanes.0.commodity", "oxid"),
        ("horizon.periods: 1.5", "horizon.periods", "1.5"),
    ):
        found = only_fault((right, wrong))
        line, column = place_in(spoilt((right, wrong)), wrong)
        assert (found.line, found.path) == (line, path)
        assert found.column == column + wrong.rindex(piece)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("facilites.plant_b.capacity", "there is no 'facilites' under the file; did you mean 'facilities'?"),
        ("facilities.plantb.capacity", "there is no 'plantb' under facilities; did you mean 'plant_b'?"),
        ("facilities.mine.location.x", "'x' is no item of facilities.mine.location; they are numbered 0 to 1"),
        ("lanes.99.cost", "'99' is no item of lanes; they are numbered 0 to 4"),
        ("lanes.².cost", "'²' is no item of lanes; they are numbered 0 to 4"),
        ("facilities", "'facilities' is not the path of a value: section.entry.field"),
        ("units.mass", "a scenario cannot change `units:`"),
        ("scenarios.cut.extends", "a scenario cannot change `scenarios:`"),
        ("facilities.plant_b.capacity.x.y", "'capacity' of facilities.plant_b has no parts that could be set"),
    ],
)  # fmt: skip
def test_a_path_that_leads_nowhere_says_where_it_ends(path, message):
    found = problems_of(spoilt(("facilities.plant_b.capacity", path)))[0]
    assert found.message == message
    line, column = place_in(EVERY_SECTION, "facilities.plant_b.capacity")
    assert (found.line, found.column) == (line, column)


def test_a_scenario_cannot_be_asked_for_by_a_wrong_name():
    network = rs.Network.from_yaml(EVERY_SECTION)
    with pytest.raises(ScenarioError, match="unknown scenario 'bannd'; did you mean 'banned'"):
        network.solve("bannd")


def test_a_long_chain_of_scenarios_is_refused():
    chain = "".join(f"  s{n}: {{extends: s{n - 1}}}\n" for n in range(1, 60))
    problems = problems_of(EVERY_SECTION.replace("scenarios:\n", f"scenarios:\n  s0: {{}}\n{chain}"))
    assert problems[0].message == "more than 40 scenarios extend each other"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("[a, b]\n", "wanted a mapping of sections, not a list"),
        ("hello\n", "wanted a mapping of sections, not 'hello'"),
        ("name: x\n", "no `facilities:`, `supplies:` or `demands:`: there is nothing to plan"),
        ("facilities:\n", "no `facilities:`, `supplies:` or `demands:`: there is nothing to plan"),
    ],
)
def test_a_file_that_is_no_network(text, message):
    assert message in [one.message for one in problems_of(text)]


def test_a_file_that_is_not_yaml_gives_no_faults_that_follow_from_that():
    assert len(problems_of(EVERY_SECTION.replace("{name: China}", "{name: China"))) == 1


@pytest.mark.parametrize(
    "section", ["countries", "blocs", "sites", "ports", "hubs", "limits", "policies", "sources"]
)
@pytest.mark.parametrize("value", ["", " {}", " ~"])
def test_a_section_may_be_empty(section, value):
    text = "commodities: {ore: {}}\nsupplies: {m: {country: COD, commodity: ore, price: 1}}\n"
    assert rs.Network.from_yaml(f"{text}{section}:{value}\n").spec.commodities


@pytest.mark.parametrize(
    "section", ["facilities", "lanes", "policies", "limits", "blocs", "scenarios", "horizon"]
)
@pytest.mark.parametrize("value", ["5", "[5]", "{a: 5}", "[[]]", "{a: [5]}", "{a: {b: {c: d}}}"])
def test_a_section_of_the_wrong_shape_is_refused(section, value):
    for problem in problems_of(f"demands: {{}}\n{section}: {value}\n"):
        assert problem.line in (1, 2)
        assert len(problem.message) >= 10


@pytest.mark.parametrize("policies", ["5", "[5]", "[[5]]", "~", "true"])
def test_a_scenario_beside_policies_of_the_wrong_shape(policies):
    text = f"demands: {{}}\npolicies: {policies}\nscenarios: {{a: {{}}, b: {{extends: a, without: [p]}}}}\n"
    assert "scenarios.b.without" in [one.path.removesuffix(".0") for one in problems_of(text)]


def test_an_empty_entry_of_a_list_is_a_fault():
    found = only_fault(("  - {from: trader, to: defence, commodity: [oxide], cost: 1}", "  -"))
    assert (found.path, found.message) == ("lanes.4", "wanted the fields of an entry, not nothing")
