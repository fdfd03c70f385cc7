"""Which sending of a claim line an answer is about: a claim may be sent many times."""

from __future__ import annotations

import pandas as pd

# Of two sendings this close, the one received is told by what it says, not by its day.
DAYS_UNDER_WAY = 5


def choose_sendings(found: pd.DataFrame, answers: pd.DataFrame, sent: pd.DataFrame) -> pd.DataFrame:
    """The sending that each answer is about, where something tells it.

    An answer follows its question: what was sent later than the payment is out, if
    anything else is left. Then, as far as needed: the sendings to a first, second or
    third payer, as the answer says it was; those of the last days up to
    the one on which the payer says that it received the claim; the same code and
    charge; the same frequency; the latest of what is left; the sending that the same
    payer control number answered before.

    Args:
        found: answer and service, one row per answer.
        answers: As in `Sides`.
        sent: Rows with service, submitted, frequency, hcpcs, charge.

    Returns:
        answer and the columns of `sent`; several rows for an answer where nothing
        tells its sendings apart. `late` is True where all were sent after the payment.
    """
    names = ["answer", "paid_on", "received", "frequency", "hcpcs", "charge", "number", "payer",
             "order"]  # fmt: skip
    asked = found[["answer", "service"]].merge(answers[names], on="answer")
    options = asked.merge(sent, on="service", suffixes=("_asked", ""))
    before = ~(options["submitted"] > options["paid_on"])
    options["late"] = ~before.groupby(options["answer"]).transform("any")
    options = _keep(options, before)
    options = _earliest_of_late(options)
    options = _keep(options, options["order"] == options["order_asked"])
    options = _keep(options, _last_received(options, DAYS_UNDER_WAY))
    options = _keep(
        options,
        (options["hcpcs"] == options["hcpcs_asked"])
        & (options["charge"] == options["charge_asked"]),
    )
    options = _keep(options, options["frequency"] == options["frequency_asked"])
    options = _keep(options, _last_received(options, 0))
    return _keep(options, _answered_before(options))


def _keep(options: pd.DataFrame, good: pd.Series) -> pd.DataFrame:
    """Good options; all of them where an answer has no good one."""
    return options[good | ~good.groupby(options["answer"]).transform("any")]


def _earliest_of_late(options: pd.DataFrame) -> pd.DataFrame:
    first = options.groupby("answer")["submitted"].transform("min")
    return options[~options["late"] | (options["submitted"] == first)]


def _last_received(options: pd.DataFrame, days: int) -> pd.Series:
    """Sendings up to so many days before the last that had been received."""
    known = options["submitted"].where(options["submitted"] <= options["received"])
    last = known.groupby(options["answer"]).transform("max")
    return known.notna() & (known >= last - pd.Timedelta(days=days))


def _answered_before(options: pd.DataFrame) -> pd.Series:
    """Options that another answer of the same payer control number is surely about."""
    alone = options.groupby("answer")["sending"].transform("nunique") == 1
    keys = ["service", "payer", "number_asked"]
    sure = options.loc[alone & options["number_asked"].notna(), [*keys, "sending"]]
    sure = sure.drop_duplicates()
    once = sure[~sure.duplicated(keys, keep=False)].assign(sure=True)
    return (
        options.merge(once, on=[*keys, "sending"], how="left")["sure"]
        .notna()
        .set_axis(options.index)
    )
