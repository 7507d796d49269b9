"""How long everything takes, beside every peer: subjects x systems x phases.

    python -m tests.benchmarks --sizes 2k,17k --systems ours,highs-ipm,linopy -o table.csv --chart chart.png

subjects.py   networks: the shipped one, and layered ones of any size (generate.py)
systems.py    ours, HiGHS alone on the same arrays as the limit, and the peers (peers.py)
measure.py    each run in a fresh process, turn and turn about; least of the times, peak memory, ratios
summary.py    the table in short, as Markdown
chart.py      time and memory against size, both on logarithmic axes
sweeps.py     how long 10,000 what-ifs on `rare_earths` take, by number of processes

What HiGHS itself cannot do better, with the smallest programs that show it, is in
tests/solvers/test_highs_limits.py.

A peer that is not installed (extra `bench`) is said so in the table. The smallest size runs in every test
run, untimed: all systems must find the same optimum.
"""
