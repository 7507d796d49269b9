"""One self-contained HTML file about scenarios of a network, which works with the network off.

Inside    plotly's script once, the figures as data, one style sheet, one script; nothing is fetched
Safety    names and ids are untrusted: the template escapes all of them, figures travel as JSON without
          any < or &, and the page's content security policy lets only these two scripts run, by hash
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup
from plotly.offline import get_plotlyjs

import resilience
from resilience.errors import InputError
from resilience.grammar.disk import write_file
from resilience.report.page import PageSection, page

if TYPE_CHECKING:
    from resilience.network import Network
    from resilience.report.figures import Chart
    from resilience.results.solution import Solution

HERE = Path(__file__).parent


def report(
    network: Network,
    scenarios: str | Sequence[str | None] | None = None,
    path: str | Path = "report.html",
    *,
    set: Mapping[str, Any] | None = None,
) -> Path:
    """Solve scenarios of a network and write a report on them, one HTML file that works offline.

    Parameters
    ----------
    network : Network
        The network.
    scenarios : str or sequence of str, optional
        Scenarios; the others are compared with the first. None is the network alone.
    path : str or Path
        Where the file shall be; it is whole or not there.
    set : mapping, optional
        New values by path, on top of each scenario's.

    Returns
    -------
    Path
        Where the file is.

    Raises
    ------
    InputError
        If there is no such scenario, or none is asked for.
    InfeasibleError
        If a scenario has no plan.
    OutputError
        If the file cannot be written.
    """
    asked = [scenarios] if scenarios is None or isinstance(scenarios, str) else list(scenarios)
    return write([network.solve(name, set=set) for name in asked], Path(path))


def write(solutions: Sequence[Solution], path: Path) -> Path:
    """Write the report on solutions of one network; all others are compared with the first."""
    text = html(solutions)
    write_file(path, lambda draft: draft.write_text(text, encoding="utf-8", newline="\n"))
    return path


def html(solutions: Sequence[Solution]) -> str:
    """Return the report as one HTML text."""
    if not solutions:
        raise InputError("a report needs a scenario")
    script, plotly = _file("page.js"), get_plotlyjs()
    made = page(solutions, resilience.__version__)
    scripts = (plotly, script)
    return _template().render(
        page=made,
        sections=[_drawn(section) for section in made.sections],
        css=Markup(_file("page.css")),
        plotly=Markup(plotly),
        script=Markup(script),
        allowed=Markup(" ".join(f"'sha256-{_hash(text)}'" for text in scripts)),
    )


def as_data(chart: Chart) -> Markup:
    """Return a figure as JSON that may stand between script tags: no <, > or & is left in it."""
    text: str = chart.figure.to_json()
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def _drawn(section: PageSection) -> dict[str, Any]:
    charts = [
        {
            "key": chart.key,
            "title": chart.title,
            "words": chart.words,
            "note": chart.note,
            "views": json.dumps(dict(chart.views)) if chart.views else "",
            "group": section.key,
            "data": as_data(chart),
        }
        for chart in section.charts
    ]
    return {
        "key": section.key,
        "title": section.title,
        "texts": section.texts,
        "views": section.views,
        "charts": charts,
    }


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("template.html.jinja")


@cache
def _file(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
