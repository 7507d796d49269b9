"""Small networks that are spoilt: between them every section, every instrument and every kind of value.

Each is read and solved in a few milliseconds, so that a hundred thousand spoilt ones take minutes.
"""

from __future__ import annotations

# ruff: noqa: E501  (an entry is a line)

BASIC = """\
name: Basic
units: {mass: t, currency: USD}
stages: [mining, refining]
blocs: {allies: [AUS, USA]}
commodities: {ore: {price: 10}, oxide: {price: 62 USD/kg, basis: contained oxide}, slag: {disposal_cost: 1}}
processes: {separation: {inputs: {ore: 1}, outputs: {oxide: 0.2, slag: 0.7}, yield: 95%}}
facilities:
  mine: {country: AUS, stage: mining, outputs: {ore: 1}, capacity: 45_000, cost: 29, minimum: 10, source: {cost: "assumed: a guess"}}
  plant: {country: CHN, stage: refining, process: separation, capacity: 80 kt/yr, cost: [{capacity: 300, cost: 60}, {cost: 90}]}
lanes:
  - &road {from: mine, to: plant, commodity: ore, cost: 14, capacity: 30000, loss: 0.1%}
  - {from: {stage: refining}, to: {kind: demand}, commodity: oxide, cost: {2025: 10, 2026-07: 12}}
demands:
  defence: {country: USA, sector: defence, commodity: oxide, quantity: 150, shortfall_cost: 900000}
  market: {country: USA, commodity: oxide, price: [{capacity: 100, cost: 90 USD/kg}, {cost: 80000}], quantity: 500}
policies:
  ban: {type: export_restriction, from: CHN, to: allies, stages: [refining], cut: 100%}
  duty: {type: tariff, importer: USA, origin: CHN, commodities: [oxide], rate: 25%, since: 2025-01}
scenarios:
  baseline: {policies: [duty]}
  banned: {extends: baseline, policies: [ban], without: [duty], set: {facilities.plant.capacity: 20000, facilities: {mine: {cost: 20}}}}
"""

TIMED = """\
horizon: {start: 2025-01, periods: 3, step: quarter}
discount_rate: 5%
commodities: {ore: {}}
supplies:
  pit: {country: XAA, commodity: ore, price: [{capacity: 300, cost: 10}, {cost: {2025: 12, 2026: 14}}], quantity: {2025: 900, 2025-07: 500}}
demands: {smelter: {country: XBB, commodity: ore, quantity: 400, shortfall_cost: [{capacity: 10, cost: 50}, {cost: 90}]}}
stockpiles: {vault: {country: XBB, commodity: ore, initial: 20, capacity: 500, holding_cost: 1, decay: 2%, max_release: 300, final: 5}}
lanes:
  - {from: pit, to: smelter, commodity: ore, cost: 3, lead_time: 45 days, in_transit: {2025-02: 30}}
  - {from: pit, to: vault, commodity: ore}
  - {from: vault, to: smelter, commodity: ore, minimum: 1}
policies:
  release: {type: stockpile_rule, stockpile: vault, target: 25, by: 2025-06}
  strike: {type: outage, country: XAA, cut: 0.5, since: 2025-04, until: 2025-07}
scenarios: {stopped: {policies: [strike]}, stocked: {policies: [release]}}
"""

PLACED = """\
commodities: {ore: {price: 10}}
ports: {fremantle: {country: AUS, location: [-32, 115.7]}, tianjin: {country: CHN, location: [39, 117.7]}}
sea_distances: [{from: fremantle, to: tianjin, distance: 7000 km}]
sites: {inner: {country: CHN, location: [40, 110], port: tianjin}}
hubs: {depot: {site: inner, passes: [ore], capacity: 900, cost: 5, customs: false}}
facilities: {mine: {country: AUS, outputs: {ore: 1}, capacity: 4500, cost: 2, location: [-28, 122], port: fremantle, fixed_cost: 3}}
demands: {buyer: {country: CHN, commodity: ore, quantity: 50, location: [31, 121], single_source: true, shortfall_cost: 99}}
lanes:
  - {from: mine, to: depot, commodity: ore, cost: {fixed: 6, per_tonne_km: 0.015, per_tonne_km_inland: 0.1, distance: sea}}
  - {from: depot, to: buyer, commodity: ore, cost: {per_tonne_km: 0.01, distance: great_circle}, minimum_when_used: 5}
limits:
  landed: {over: {lane: {to: depot, commodity: ore}}, at_most: 900, at_least: 0, over_horizon: false}
  blend: {over: [{facility: mine, weight: 1}, {lane: {from: mine}, weight: -0.7}], at_least: 0}
  few: {over: {lane: {from: mine}}, count: 1}
projects: {more: {facility: mine, capacity: 100, capital_cost: 1e3, life: 10, discount_rate: 0.1, ramp: 30%;70%}}
"""

PRICED = """\
stages: [mining]
commodities: {ore: {price: 40}}
facilities:
  mine: {country: COD, stage: mining, outputs: {ore: 1}, capacity: 50, cost: 8}
  pit: {country: AUS, stage: mining, outputs: {ore: 1}, capacity: 50, cost: 30}
demands:
  smelter: {country: FIN, commodity: ore, quantity: 40, shortfall_cost: 99, origin: {exclude: [COD], stages: [mining], de_minimis: 0.5}}
  trader: {country: DEU, commodity: ore, price: 60, quantity: 80}
lanes: [{from: {stage: mining}, to: {kind: demand}, commodity: ore, cost: 1}]
blocs: {union: [FIN, DEU]}
policies:
  floor: {type: price_floor, commodity: ore, floor: 35, mechanism: top_up, members: [AUS]}
  tax: {type: export_tax, exporter: COD, commodities: [ore], rate: 10%}
  help: {type: subsidy, producer: pit, amount: 5}
  cap: {type: sourcing_cap, consumer: union, commodities: ore, share: 65%}
  storm: {type: freight_shock, lane: {from: mine}, factor: 2}
  boom: {type: demand_change, demand: smelter, factor: 1.2}
scenarios: {all: {policies: [tax, storm, boom]}, helped: {policies: [help]}}
"""

CURVED = """\
commodities: {ore: {}}
supplies: {pit: {country: COD, commodity: ore, price: {intercept: 10, slope: 0.1}}}
demands: {trader: {country: DEU, commodity: ore, price: {reference_price: 60, reference_quantity: 100, elasticity: -0.4, form: constant}, quantity: 80}}
lanes: [{from: pit, to: trader, commodity: ore, cost: 1}]
"""

YAMLS = (BASIC, TIMED, PLACED, PRICED)

TABLED = """\
stages: [mining]
commodities: {ore: {price: 4}}
facilities: facilities.csv
demands: demands.csv
lanes: lanes.csv
"""

TABLES = {
    "facilities.csv": "id,country,stage,outputs.ore,capacity,cost,source.cost,note\nmine,AUS,mining,1,45_000,29,assumed: by size; by age,\npit,COD,mining,1,9 kt/yr,12,,\"two, or\nthree\"\n",
    "demands.csv": "id,country,sector,commodity,quantity,shortfall_cost\nsmelter,FIN,any,ore,50,900\nmagnets,DEU,,ore,20,\n",
    "lanes.csv": "from,to,commodity,cost.fixed,cost.per_tonne_km,cost.distance,capacity,loss\nmine,smelter,ore,6,0.1,200,30,1%\npit,smelter,ore;,1,,5,,\nmine,magnets,ore,2,,7,,0\n",
}  # fmt: skip
"""A network in tables, by file name."""
