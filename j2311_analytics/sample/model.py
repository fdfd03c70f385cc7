"""What the world is made of: patients, services, claims sent, decisions and money events.

Days are ordinals (`date.toordinal`), money is whole cents.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

from j2311_analytics.sample.causes import Reason
from j2311_analytics.sample.settings import Payer

DecisionKind = Literal["final", "reversal", "pended", "duplicate"]


@dataclass(frozen=True)
class Patient:
    """A made-up person with a member id at each payer that covers them."""

    mrn: str
    last: str
    first: str
    born: date
    sex: str
    payer: Payer
    member_id: str
    second: Payer | None
    second_member_id: str
    diagnoses: tuple[str, ...]

    def member_of(self, payer: Payer) -> str:
        """The member id this patient has at `payer`."""
        return self.member_id if payer is self.payer else self.second_member_id


@dataclass(frozen=True)
class Authorization:
    """What the practice knows of an authorization number: days, units, code and provider."""

    first: int
    last: int
    units: int
    hcpcs: str
    npi: str


@dataclass(eq=False)
class Service:
    """One thing done to a patient, as first billed: the unit of the truth."""

    visit: Visit
    hcpcs: str
    modifiers: tuple[str, ...]
    units: int
    charge: int
    noise: int
    ndc: str = ""
    ndc_quantity: str = ""
    ndc_unit: str = ""


@dataclass(eq=False)
class Visit:
    """One original claim: a patient's services of one day.

    Args:
        diagnoses: Those on the claim, where they are not simply the patient's.
        pointers: Which of them each line points to, as the export tells it.
    """

    number: int
    claim_id: str
    patient: Patient
    day: int
    submitted: int
    place: str
    rendering_npi: str
    authorization: str
    deductible: int
    services: list[Service] = field(default_factory=list)
    exported: bool = True
    auth: Authorization | None = None
    referral: str = ""
    diagnoses: tuple[str, ...] = ()
    pointers: str = ""

    @property
    def lead(self) -> Service:
        """The drug, or the only service."""
        return self.services[0]


class Line(NamedTuple):
    """A service as one claim bills it."""

    service: Service
    number: int
    control: str
    hcpcs: str


@dataclass(eq=False)
class Submission:
    """A claim as it was sent once: original, replacement, void, or to another payer.

    Args:
        passes_on: The claim of ours that a payer passed on itself, so that we sent none.
    """

    visit: Visit
    claim_id: str
    payer: Payer
    frequency: str
    original_icn: str
    day: int
    lines: list[Line]
    passes_on: Submission | None = None


class Triplet(NamedTuple):
    """One CAS reason: `denial` says whether it refuses money."""

    group: str
    carc: str
    cents: int
    quantity: int = 0
    denial: bool = False
    share: bool = False


@dataclass(eq=False)
class Result:
    """A payer's decision about one line.

    Args:
        taken_at_claim: Part of what the line shows as paid that a claim-level
            adjustment takes away again.
        reason: Why it was refused, where it was.
    """

    line: Line
    paid: int
    triplets: list[Triplet]
    units: int
    reason: Reason | None = None
    taken_at_claim: int = 0

    @property
    def denied(self) -> int:
        """Refused cents."""
        return self.taken_at_claim + sum(t.cents for t in self.triplets if t.denial)

    @property
    def kept(self) -> int:
        """Cents really paid."""
        return 0 if self.taken_at_claim else self.paid

    @property
    def patient_share(self) -> int:
        """Cents of true patient share."""
        return 0 if self.taken_at_claim else sum(t.cents for t in self.triplets if t.share)

    @property
    def allowed(self) -> int:
        """Cents that can be collected."""
        return self.kept + self.patient_share


@dataclass(eq=False)
class Decision:
    """One CLP: a payer's decision about a claim.

    Args:
        merged: Further claims of ours that it answers too.
        shown_id: The claim id as the payer writes it, where it alters it.
        silent: Lines whose control number it leaves out, where it echoes others.
    """

    order: int
    day: int
    submission: Submission
    payer: Payer
    status: str
    icn: str
    kind: DecisionKind
    results: list[Result]
    claim_triplets: list[Triplet] = field(default_factory=list)
    claim_remarks: tuple[str, ...] = ()
    has_lines: bool = True
    undoes: Decision | None = None
    original_icn: str = ""
    interest: int = 0
    echo: bool = True
    forwarded: bool = False
    merged: tuple[Submission, ...] = ()
    shown_id: str = ""
    silent: frozenset[Line] = frozenset()

    @property
    def sign(self) -> int:
        """-1 for a reversal."""
        return -1 if self.kind == "reversal" else 1

    @property
    def written_id(self) -> str:
        """CLP01."""
        return self.shown_id or self.submission.claim_id

    def submission_of(self, line: Line) -> Submission:
        """The claim of ours that billed a line of this decision."""
        return next((s for s in self.merged if line in s.lines), self.submission)


@dataclass(frozen=True)
class Takeback:
    """A provider-level adjustment (PLB)."""

    payer: Payer
    day: int
    reason: str
    reference: str
    cents: int


@dataclass(eq=False)
class Appeal:
    """An appeal as the practice records it."""

    visit: Visit
    services: list[Service]
    sent: int
    level: str
    decided: int
    outcome: str


@dataclass(frozen=True)
class WriteOff:
    """A denial written off by the practice."""

    service: Service
    day: int
    cents: int


@dataclass(frozen=True)
class Stage:
    """What was possible after a denial, for the world's own chance of recovery.

    Args:
        win: Chance that this stage ends in money.
        again: Chance that it ends in another denial; `win_again` is the chance after that.
        write_off: Chance that the practice gives up.
    """

    visit: Visit
    payer: Payer
    cause: str
    start: int
    spread: int
    win: float
    again: float
    win_again: float
    write_off: float


@dataclass(frozen=True)
class Acknowledgement:
    """What a payer or the clearinghouse said when a claim came in (277CA)."""

    visit: Visit
    source: str
    category: str
    day: int
    trace: bool


@dataclass(frozen=True)
class Planted:
    """A denial whose claim contradicts or confirms the payer, and the verdict that is true."""

    case: str
    cause: str
    verdict: str
    decision: Decision
    line: Line


@dataclass
class World:
    """Everything that happened, from the first visit to the end of the future."""

    first_day: int
    as_of: int
    last_day: int
    billing_npi: str
    visits: list[Visit] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    takebacks: list[Takeback] = field(default_factory=list)
    appeals: list[Appeal] = field(default_factory=list)
    write_offs: list[WriteOff] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)
    acknowledgements: list[Acknowledgement] = field(default_factory=list)
    planted: list[Planted] = field(default_factory=list)

    def name_of(self, payer: Payer, day: int) -> str:
        """The name a payer uses on a day; it changes over the period."""
        span = max(1, (self.as_of - self.first_day) // len(payer.names))
        return payer.names[min(len(payer.names) - 1, max(0, (day - self.first_day) // span))]

    def first_billed(self) -> dict[Service, tuple[str, Line]]:
        """The claim id and line under which each service was first billed."""
        found: dict[Service, tuple[str, Line]] = {}
        for submission in self.submissions:
            for line in submission.lines:
                found.setdefault(line.service, (submission.claim_id, line))
        return found
