"""Modifiers: which line they belong on, in which order, and discarded drug (JW, JZ)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from j2311_analytics import codes
from j2311_analytics.ingest.claim_fields import MODIFIERS
from j2311_analytics.prevention.lines import (
    Mask,
    among,
    any_in,
    filled,
    hits,
    mapped,
    of_kind,
    total_in,
    with_modifier,
)
from j2311_analytics.prevention.policies import required

DISTINCT = ("XE", "XP", "XS", "XU")
_ONE_DAY = ("99211",)


def modifier_findings(lines: pd.DataFrame, policies: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Lines whose modifiers are missing, contradict each other or stand in the wrong order.

    Args:
        lines: From `prepare`.
        policies: Table `policies`; `waste_modifiers` says who asks for JW and JZ.

    Returns:
        Rule → the lines found, with the words of their messages.
    """
    visit = of_kind(lines, "evaluation") & ~among(lines["hcpcs"], _ONE_DAY)
    injected = any_in(lines["visit"], of_kind(lines, "administration"))
    other = any_in(lines["visit"], ~of_kind(lines, "evaluation"))
    separate = with_modifier(lines, ["25"])
    return {
        "modifier_25_missing": hits(lines, visit & injected & ~separate),
        "modifier_25_alone": hits(lines, visit & separate & ~other),
        "modifier_59_and_x": hits(
            lines, with_modifier(lines, ["59"]) & with_modifier(lines, DISTINCT)
        ),
        "modifier_repeated": hits(lines, _repeated(lines)),
        "modifier_order": hits(lines, _out_of_order(lines)),
        "modifier_liability": hits(
            lines, with_modifier(lines, ["GA"]) & with_modifier(lines, ["GZ"])
        ),
        **_waste(lines, policies),
    }


def _repeated(lines: pd.DataFrame) -> Mask:
    """Lines with one modifier twice."""
    found = np.zeros(len(lines), dtype=bool)
    texts = [lines[name].astype("str") for name in filled(lines, MODIFIERS)]
    for later in range(1, len(texts)):
        for earlier in texts[:later]:
            found |= (texts[later] == earlier).fillna(False).to_numpy(dtype=bool)
    return found


def _out_of_order(lines: pd.DataFrame) -> Mask:
    """Lines on which a modifier that sets the price stands behind one that only informs."""
    order = {c: float(p) for c, p in codes.lookup("modifier", "modifier", "position").items() if p}
    found, highest = np.zeros(len(lines), dtype=bool), np.zeros(len(lines))
    for name in filled(lines, MODIFIERS):
        position = mapped(lines[name], order).astype("float64").to_numpy()
        found |= position < highest
        highest = np.fmax(highest, position)
    return found


def _waste(lines: pd.DataFrame, policies: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Discarded drug: per claim, drug and day either every line has JZ, or one line
    without either has the units given and one JW line the units discarded, together
    whole vials.

    Source: Medicare Claims Processing Manual, chapter 17, section 40; CMS JW and JZ
    policy (JZ from 2023-07-01).
    """
    single = of_kind(lines, "drug") & (lines["vial_units"] > 0).to_numpy() & _by_needle(lines)
    jw, jz = with_modifier(lines, ["JW"]) & single, with_modifier(lines, ["JZ"]) & single
    plain = single & ~jw & ~jz
    group = lines["drug_day"]
    count = {name: total_in(group, mask) for name, mask in (("w", jw), ("z", jz), ("p", plain))}
    units = lines["units"].fillna(0).to_numpy()
    given, gone = total_in(group, units * (single & ~jw)), total_in(group, units * jw)
    vial = lines["vial_units"].to_numpy()
    asked = single & _asked(lines, policies)
    has_w, has_z, has_p = (count[name] > 0 for name in "wzp")
    pair = (count["w"] == 1) & (count["p"] == 1) & ~has_z
    whole_given = (given > 0) & (np.mod(given, vial, where=single, out=np.ones_like(vial)) == 0)
    words = {"given": given, "discarded": gone, "vial": vial}
    return {
        "modifier_waste_missing": hits(lines, asked & ~has_w & ~has_z),
        "modifier_jz_beside_jw": hits(lines, asked & has_w & has_z),
        "modifier_jz_on_some": hits(lines, asked & has_z & has_p & ~has_w),
        "modifier_jw_unpaired": hits(lines, asked & has_w & ~has_z & ~pair),
        "modifier_jw_vials": hits(
            lines, asked & pair & ~whole_given & _broken(given + gone, vial, single), **words
        ),
        "modifier_jz_vials": hits(
            lines, asked & has_z & ~has_p & ~has_w & _broken(given, vial, single), **words
        ),
        "modifier_jw_beside_whole": hits(lines, jw & pair & whole_given, **words),
    }


def _broken(units: np.ndarray, vial: np.ndarray, single: Mask) -> Mask:
    """Whether the units are no whole number of vials."""
    rest = np.mod(units, vial, where=single, out=np.zeros_like(vial))
    broken: Mask = np.abs(rest) > 1e-6
    return broken


def _by_needle(lines: pd.DataFrame) -> Mask:
    """Drugs given by injection: an implant and a tablet have no vial to discard from."""
    table = codes.load("drug_codes")
    injected = table["administration"].str.split(";").map(lambda found: "96372" in found)
    return among(lines["hcpcs"], table.loc[injected, "hcpcs"])


def _asked(lines: pd.DataFrame, policies: pd.DataFrame) -> Mask:
    """Who asks for JW or JZ: Medicare Part B, and payers by policy."""
    told = required(lines, policies, "waste_modifiers")
    medicare = among(lines["payer_class"], ["medicare"])
    return np.where(told.notna(), (told == "yes").to_numpy(), medicare).astype(bool)
