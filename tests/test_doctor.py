"""The doctor finds what is wrong and raises nothing."""

from __future__ import annotations

from resilience import doctor


def test_everything_here_is_well():
    checks = doctor.examine()
    assert [check for check in checks if not check.ok] == []
    assert {"python", "package", "optional", "solver", "network"} == {check.kind for check in checks}


def test_a_missing_package_is_not_well(monkeypatch):
    monkeypatch.setattr(doctor, "PACKAGES", ("no-such-package",))
    (check,) = [check for check in doctor.examine() if check.name == "no-such-package"]
    assert not check.ok
    assert check.found == "not installed"


def test_a_solver_with_another_answer_is_not_well(monkeypatch):
    monkeypatch.setattr(doctor, "TINY_COST", 126.0)
    assert all(not check.ok for check in doctor.examine() if check.kind == "solver")
