"""The composite that names a service, SVC01 or SVC06, and reason codes."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from j2311_analytics.ingest.elements import capitals, read_ndc

_OTHER_COMPONENT = re.compile(r"(?:AD|ER|HC|HP|IV|N4|NU|WK)([^A-Za-z0-9 ])")


@dataclass(frozen=True)
class Service:
    """A service as 835 composites name it; what a code system lacks is empty.

    Example:
        >>> Service.of("HC:J2311:JZ", ":").modifiers
        ['JZ']
    """

    system: str
    hcpcs: str
    modifiers: list[str]
    revenue_code: str
    ndc: str

    @staticmethod
    def of(text: str, component: str) -> Service:
        """Read a composite, cut by the separator that the interchange declares.

        Example:
            >>> Service.of("NU>0636", ":").revenue_code
            '0636'
        """
        parts = [capitals(part.strip(" ")) for part in text.split(_component(text, component))]
        if len(parts) == 1:
            # A bare code: qualifiers are two letters, codes are longer.
            parts = ["", parts[0]] if len(parts[0]) > 2 else [parts[0], ""]
        system, code = parts[0], parts[1]
        return Service(
            system=system,
            hcpcs="" if system in ("N4", "NU") else code,
            modifiers=parts[2:6],
            revenue_code=code if system == "NU" else "",
            ndc=read_ndc(code) if system == "N4" else "",
        )

    def columns(self) -> dict[str, str]:
        """The service as columns of the `lines` table.

        Example:
            >>> Service.of("HC:J2311:JZ", ":").columns()["modifier_1"]
            'JZ'
        """
        modifiers = [*self.modifiers, "", "", "", ""]
        return {
            "code_system": self.system,
            "hcpcs": self.hcpcs,
            **{f"modifier_{n}": modifiers[n - 1] for n in range(1, 5)},
            "revenue_code": self.revenue_code,
            "ndc": self.ndc,
        }


def _component(text: str, declared: str) -> str:
    # Some senders declare one component separator in ISA16 and write another.
    other = _OTHER_COMPONENT.match(text)
    return other[1] if declared not in text and other else declared


def join_modifiers(lines: pd.DataFrame) -> pd.Series:
    """The four modifier columns as one text per line, separated by spaces.

    Example:
        >>> names = [f"modifier_{n}" for n in range(1, 5)]
        >>> join_modifiers(pd.DataFrame([["JZ", None, "25", None]], columns=names)).tolist()
        ['JZ 25']
    """
    names = [f"modifier_{n}" for n in range(1, 5)]
    codes = lines[names].astype("str").fillna("")
    # Lines have few combinations, so each is joined once.
    combination = codes.groupby(names, sort=False).ngroup()
    distinct = codes[~combination.duplicated()]
    joined = distinct["modifier_1"].str.cat(distinct.iloc[:, 1:], sep=" ")
    joined = joined.str.split().str.join(" ")
    return joined.iloc[combination.to_numpy()].set_axis(lines.index)


def reason_code(text: str) -> str:
    """A CARC as the code list writes it: upper case, numbers without leading zeros.

    Example:
        >>> reason_code("016"), reason_code("b7")
        ('16', 'B7')
    """
    code = capitals(text)
    return code.lstrip("0") or "0" if code.isascii() and code.isdigit() else code
