"""Country codes: ISO 3166-1 alpha-3, and the user codes XAA to XZZ."""

from __future__ import annotations

import re
from functools import lru_cache

USER_CODE = re.compile("X[A-Z]{2}")


@lru_cache(maxsize=1024)
def is_country(code: str) -> bool:
    """Say whether a code is ISO 3166-1 alpha-3, or one of the user codes XAA to XZZ.

    Examples
    --------
    >>> is_country("NOR"), is_country("NO"), is_country("XKX"), is_country("ZZZ")
    (True, False, True, False)
    """
    if USER_CODE.fullmatch(code):
        return True
    import pycountry

    return len(code) == 3 and code.isupper() and pycountry.countries.get(alpha_3=code) is not None


def country_name(code: str) -> str:
    """Return a country's English name, or the code where it has none."""
    import pycountry

    found = pycountry.countries.get(alpha_3=code)
    return str(getattr(found, "common_name", found.name)) if found is not None else code


@lru_cache(maxsize=1024)
def meant_country(code: str) -> str:
    """Return "; did you mean ...?" with the alpha-3 code that a two-letter code or a name means.

    Examples
    --------
    >>> meant_country("NO"), meant_country("nor"), meant_country("nowhere")
    ("; did you mean 'NOR' (Norway)?", "; did you mean 'NOR' (Norway)?", '')
    """
    import pycountry

    try:
        found = pycountry.countries.lookup(code[:60])
    except LookupError:
        return ""
    return f"; did you mean '{found.alpha_3}' ({country_name(found.alpha_3)})?"
