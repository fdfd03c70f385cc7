"""Segments, envelopes and their counts, with any payer's separators."""

from __future__ import annotations

from datetime import date

from j2311_analytics.sample.settings import Separators

Segment = list[str]


def money(cents: int) -> str:
    """Cents as X12 decimal text without padding.

    Example:
        >>> money(-1250), money(300), money(5)
        ('-12.5', '3', '0.05')
    """
    whole, part = divmod(abs(cents), 100)
    text = f"{whole}.{part:02d}".rstrip("0").rstrip(".") if part else str(whole)
    return f"-{text}" if cents < 0 else text


def day8(day: int) -> str:
    """An ordinal day as CCYYMMDD.

    Example:
        >>> day8(date(2026, 10, 31).toordinal())
        '20261031'
    """
    found = date.fromordinal(day)
    return f"{found.year:04d}{found.month:02d}{found.day:02d}"


def interchange(
    sets: list[list[Segment]],
    separators: Separators,
    *,
    sender: str,
    receiver: str,
    functional: str,
    version: str,
    day: int,
    control: int,
) -> str:
    """One interchange with one group around transaction sets that start with ST.

    SE is added here with its count. Inside a segment, "<:>" marks the place of a
    component separator, because the story does not know the payer's own.
    """
    segments: list[Segment] = [
        _isa(separators, sender, receiver, day, control),
        ["GS", functional, sender, receiver, day8(day), "0900", str(control), "X", version],
    ]
    for body in sets:
        segments += [*body, ["SE", str(len(body) + 1), body[0][2]]]
    segments += [["GE", str(len(sets)), str(control)], ["IEA", "1", f"{control:09d}"]]
    return "".join(_text(segment, separators) for segment in segments)


def component(*parts: str) -> str:
    """Parts of a composite element, without trailing empty ones.

    Example:
        >>> component("HC", "J2311", "")
        'HC<:>J2311'
    """
    kept = list(parts)
    while kept and not kept[-1]:
        kept.pop()
    return "<:>".join(kept)


def _isa(separators: Separators, sender: str, receiver: str, day: int, control: int) -> Segment:
    return [
        "ISA", "00", " " * 10, "00", " " * 10, "ZZ", f"{sender:<15}", "ZZ", f"{receiver:<15}",
        day8(day)[2:], "0900", separators.repetition, "00501", f"{control:09d}", "0", "P",
        separators.component,
    ]  # fmt: skip


def _text(segment: Segment, separators: Separators) -> str:
    kept = list(segment)
    while not kept[-1]:
        kept.pop()
    body = separators.element.join(kept).replace("<:>", separators.component)
    return f"{body}{separators.segment}{separators.newline}"
