"""Every public table: its columns, their type, unit and meaning, in one place.

The documentation page, the workbook's column notes and the tests are generated
from `TABLES`. `conform` gives a frame exactly these columns and types; `cents`
and `dollars` convert between what is shown and what is compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

Kind = Literal["text", "money", "number", "count", "key", "optional_key", "date", "flag"]

DTYPES: dict[str, str] = {
    "text": "str",
    "money": "float64",
    "number": "float64",
    "count": "int64",
    "key": "int64",
    "optional_key": "Int64",
    "date": "datetime64[us]",
    "flag": "bool",
}

# From here on a double's 15 digits leave at most one decimal.
_WIDE = 1e13


@dataclass(frozen=True)
class Column:
    """One column of a public table.

    Args:
        name: The column's name, the same in every table that has it.
        kind: What sort of value it holds; `DTYPES` gives the pandas type.
        meaning: One line for people, with its source in the file where it has one.
        unit: "dollars", "days", "units" …; empty for text and keys.

    Example:
        >>> Column("paid", "money", "Paid by the payer").unit
        'dollars'
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""

    def __post_init__(self) -> None:
        if self.kind == "money" and not self.unit:
            object.__setattr__(self, "unit", "dollars")


def _columns(*texts: str) -> tuple[Column, ...]:
    """Columns from lines of `name | kind | meaning | unit`."""
    lines = (line for text in texts for line in text.strip().splitlines())
    rows = [[part.strip() for part in line.split("|")] for line in lines]
    return tuple(Column(row[0], row[1], row[2], *row[3:4]) for row in rows)  # type: ignore[arg-type]


# What the range of a sum is drawn from, wherever denials are summed.
_DRAWN = """
    cell | text | Payer and cause whose history gave the chance
    chance_logit | number | Most likely log odds of recovery; the probability is their mean
    spread_all | number | Standard deviation of the log odds that all denials share
    spread_payer | number | That the payer's denials share beyond it
    spread_cause | number | That the cause's denials share beyond it
    spread_cell | number | That the payer and cause's denials share beyond it
    amount_if_won | money | Dollars that come if it is recovered
    amount_spread | number | Relative standard deviation of what comes around that amount
"""

REMITTANCE_TABLES = (
    "payments",
    "claims",
    "lines",
    "adjustments",
    "remarks",
    "provider_adjustments",
    "issues",
)

# The tables of `Claims` that an 837 fills, by their attribute.
CLAIM_TABLES = {
    "lines": "claim_lines",
    "claims": "sent_claims",
    "payers": "claim_payers",
    "diagnoses": "claim_diagnoses",
    "prior_payments": "prior_payments",
    "prior_adjustments": "prior_adjustments",
}

TABLES: dict[str, tuple[Column, ...]] = {
    "payments": _columns(
        """
        file | text | File, relative to the source; a.zip!b.835 inside archives
        transaction | key | One 835 transaction set (ST to SE)
        segment | count | Number of the ST segment in its file
        control_number | text | ST02
        version | text | Implementation guide, GS08 or ST03
        payer_name | text | N1*PR
        payer_id | text | N1*PR with XV, else REF*2U, else TRN03
        payee_name | text | N1*PE
        payee_npi | text | N1*PE with XX, else REF*HPI
        payee_tax_id | text | N1*PE with FI, else REF*TJ
        method | text | BPR04: ACH, CHK, NON …
        payment_amount | money | BPR02
        payment_date | date | BPR16
        trace_number | text | TRN02
        production_date | date | DTM*405
        """
    ),
    "claims": _columns(
        """
        claim | key | One CLP
        transaction | key | The transaction set that holds it
        segment | count | Number of the CLP segment in its file
        segments | count | Segments of the claim's head, up to its first line
        claim_id | text | CLP01, the practice's own claim id
        claim_status | text | CLP02
        charge | money | CLP03
        paid | money | CLP04
        patient_share | money | CLP05 as the payer wrote it
        filing_indicator | text | CLP06
        payer_control_number | text | CLP07
        place_of_service | text | CLP08
        frequency | text | CLP09
        member_token | text | Keyed hash of the member id, NM1*IL else NM1*QC
        corrected_member_token | text | Keyed hash of the member id in NM1*74
        rendering_npi | text | NM1*82
        forwarded_to | text | NM1*TT, the payer that the claim was sent on to
        corrected_priority_payer | text | NM1*PR inside the claim
        original_control_number | text | REF*F8
        authorization | text | REF*G1
        contract_class | text | REF*CE
        statement_from | date | DTM*232
        statement_to | date | DTM*233
        received_date | date | DTM*050
        coverage_expires | date | DTM*036
        interest | money | AMT*I
        """
    ),
    "lines": _columns(
        """
        line | key | One SVC
        claim | key | The claim that holds it
        segment | count | Number of the SVC segment in its file
        segments | count | Segments of the line, the SVC included
        line_control | text | REF*6R
        code_system | text | SVC01-1: HC, NU, N4, HP, ER, AD …
        hcpcs | text | SVC01-2 where the code system is a procedure code
        modifier_1 | text | SVC01-3
        modifier_2 | text | SVC01-4
        modifier_3 | text | SVC01-5
        modifier_4 | text | SVC01-6
        revenue_code | text | SVC04, or SVC01-2 with NU
        ndc | text | SVC01-2 with N4, 11 digits
        charge | money | SVC02
        paid | money | SVC03
        units | number | SVC05 paid units, 1 where missing | units
        billed_units | number | SVC07, else SVC05, else 1 | units
        billed_hcpcs | text | SVC06-2, else SVC01-2: the code as billed
        service_from | date | DTM*472 or DTM*150
        service_to | date | DTM*472 or DTM*151
        allowed | money | AMT*B6, kept but not trusted
        authorization | text | REF*G1 of the line
        rendering_npi | text | REF*HPI of the line
        """
    ),
    "adjustments": _columns(
        """
        claim | optional_key | The claim; missing for an adjustment outside any claim
        line | optional_key | The line; missing at claim level
        segment | count | Number of the CAS segment in its file
        group_code | text | CAS01
        carc | text | Claim adjustment reason code
        amount | money | Signed as written
        quantity | number | Signed as written | units
        """
    ),
    "remarks": _columns(
        """
        claim | key | The claim
        line | optional_key | The line; missing at claim level
        segment | count | Number of the segment in its file
        source | text | LQ for LQ*HE, MIA, MOA; other LQ lists by their own qualifier
        rarc | text | Remittance advice remark code
        """
    ),
    "provider_adjustments": _columns(
        """
        transaction | key | The transaction set
        segment | count | Number of the PLB segment in its file
        provider_id | text | PLB01
        fiscal_date | date | PLB02
        reason | text | First part of PLB03, 05, 07 …
        reference | text | Second part: often a payer control number
        amount | money | As written: positive lowers the payment
        """
    ),
    "issues": _columns(
        """
        file | text | File, relative to the source
        segment | optional_key | Number of the segment in its file
        segment_id | text | Segment id, or the column of a claim export
        severity | text | error: content was lost; warning: odd but kept
        problem | text | Short fixed name of the problem
        message | text | What was seen and what was done, without content
        """
    ),
    "balance": _columns(
        """
        level | text | line, claim or transaction
        file | text | File, relative to the source
        segment | count | Number of the SVC, CLP or ST segment
        transaction | key | The transaction set
        claim | optional_key | The claim; missing for a transaction
        line | optional_key | The line; missing above line level
        expected_cents | count | What the adjustments leave | cents
        reported_cents | count | What the payer reported | cents
        difference_cents | count | reported − expected; 0 where it balances | cents
        """
    ),
    "claim_lines": _columns(
        """
        claim_id | text | The practice's own claim id
        line_number | optional_key | Position of the line in its claim, from 1
        line_control | text | Line control number, sent as REF*6R
        payer_name | text | Payer as the export names it
        payer_id | text | Payer id as the export has it
        financial_class | text | Line of business in the practice's words
        filing_indicator | text | SBR09
        member_token | text | Keyed hash of the member id
        patient_token | text | Keyed hash of the patient id, else of name and birth date
        hcpcs | text | Code as billed
        modifier_1 | text | First modifier
        modifier_2 | text | Second modifier
        modifier_3 | text | Third modifier
        modifier_4 | text | Fourth modifier
        units | number | HCPCS units billed | units
        charge | money | Billed charge of the line
        service_from | date | First date of service
        service_to | date | Last date of service
        place_of_service | text | Two digits
        """
        + "\n".join(f"diagnosis_{n} | text | ICD-10 code without dot" for n in range(1, 13))
        + """
        ndc | text | National drug code, 11 digits
        ndc_quantity | number | Quantity of the NDC, in ndc_unit
        ndc_unit | text | UN, ML, GR, ME or F2
        authorization | text | Authorization number
        auth_from | date | Authorization valid from
        auth_to | date | Authorization valid to
        auth_units | number | Units authorized | units
        referral | text | Referral number
        rendering_npi | text | Rendering provider
        billing_npi | text | Billing provider
        frequency | text | Claim frequency: 1 original, 7 replacement, 8 void
        original_control_number | text | Payer control number of the claim replaced (REF*F8)
        submitted_date | date | Date the claim was sent
        payer_control_number | text | The payer's claim number
        allowed | money | Allowed amount in the export
        paid | money | Paid amount in the export
        patient_share | money | Patient share in the export
        denied_amount | money | Denied amount in the export
        group_code | text | Adjustment group code in the export
        carc | text | Adjustment reason codes, separated by spaces
        rarc | text | Remark codes, separated by spaces
        remit_date | date | Date of the payer's decision
        written_off_amount | money | Denial write-off
        written_off_on | date | Date of the write-off
        appeal_date | date | Date the appeal was sent
        appeal_level | text | Level of the appeal
        appeal_outcome | text | Outcome of the appeal
        appeal_decision_date | date | Date of the appeal decision
        plan_name | text | Plan as the export names it
        facility_name | text | Location of the service
        biller | text | Who prepared the claim
        diagnosis_pointers | text | Which diagnoses the line points to: letters or numbers, in order
        line_note | text | Note of the line or claim (NTE)
        auth_hcpcs | text | Codes authorized, separated by spaces
        auth_npi | text | Provider authorized
        drug_source | text | Who bought the drug: practice, or pharmacy
        drug_name | text | Drug given, as documented
        dose | number | Dose given | mg
        route | text | Route of administration, as documented
        injection_site | text | Site of the injection, as documented
        administered_at | text | Date and time of administration, as documented
        assessment | text | The prescriber's assessment, or that there is one
        prior_treatments | text | Treatments tried before, as documented
        contraindications | text | That contraindications were looked for, and what was found
        discarded | number | Drug discarded, as documented | mg
        wastage_reason | text | Why drug was discarded
        lot_number | text | Lot of the drug
        counselling | text | The patient's counselling, as documented
        payer_sequence | text | P first payer, S second, T third … (SBR01)
        revenue_code | text | Revenue code (SV201)
        sent_claim | optional_key | The claim of `Claims.claims`; missing in an export
        """
    ),
    "sent_claims": _columns(
        """
        sent_claim | key | One CLM
        file | text | File, relative to the source; a.zip!b.837 inside archives
        transaction | key | The transaction set that holds it
        segment | count | Number of the CLM segment in its file
        claim_id | text | CLM01, the practice's own claim id
        kind | text | professional or institutional: CLM05-2, else the version
        version | text | Implementation guide, ST03 or GS08
        charge | money | CLM02
        lines | count | Service lines (SV1, SV2)
        place_of_service | text | CLM05-1 of a professional claim
        bill_type | text | CLM05-1 and CLM05-3 of an institutional claim
        frequency | text | CLM05-3: 1 original, 7 replacement, 8 void
        payer_sequence | text | SBR01 of the payer that the claim is for
        filing_indicator | text | SBR09
        payer_name | text | NM1*PR
        payer_id | text | NM1*PR
        group_number | text | SBR03
        member_token | text | Keyed hash of the member id, NM1*IL else NM1*QC
        patient_token | text | Keyed hash of the medical record number, else of name and birth date
        dependent | flag | The patient is not the subscriber
        billing_npi | text | NM1*85
        billing_tax_id | text | REF*EI or SY, else NM1*85
        taxonomy | text | PRV*BI
        rendering_npi | text | NM1*82, else NM1*71, else NM1*85 where it is a person
        referring_npi | text | NM1*DN
        authorization | text | REF*G1
        referral | text | REF*9F
        original_control_number | text | Payer control number of the claim replaced (REF*F8)
        clearinghouse_id | text | REF*D9
        statement_from | date | DTP*434 (or 472 of the claim), first day
        statement_to | date | DTP*434 (or 472 of the claim), last day
        admitted_on | date | DTP*435
        patient_paid | money | AMT*F5, paid by the patient before the claim was sent
        note | text | NTE of the claim; free text
        delay_reason | text | CLM20
        submitted_date | date | BHT04
        """
    ),
    "claim_payers": _columns(
        """
        sent_claim | key | The claim of `Claims.claims`
        position | count | 1 the payer that the claim is for, then the others as they stand
        payer_sequence | text | SBR01
        filing_indicator | text | SBR09
        payer_name | text | NM1*PR
        payer_id | text | NM1*PR
        group_number | text | SBR03
        member_token | text | Keyed hash of the member id, NM1*IL
        payer_control_number | text | REF*F8 of another payer: its own claim number
        paid | money | AMT*D, paid by another payer
        patient_share | money | AMT*EAF, left to the patient by another payer
        not_covered | money | AMT*A8, not covered by another payer
        decided_on | date | DTP*573 of another payer's decision on the claim
        """
    ),
    "claim_diagnoses": _columns(
        """
        sent_claim | key | The claim of `Claims.claims`
        position | count | Position in the claim, from 1
        segment | count | Number of the HI segment in its file
        role | text | principal, other, admitting, reason for visit, external cause
        code_system | text | ICD-10 or ICD-9
        diagnosis | text | The code without dot
        present_on_admission | text | Y, N, U, W or 1
        """
    ),
    "prior_payments": _columns(
        """
        sent_claim | optional_key | The claim of `Claims.claims`
        line_number | optional_key | The line in that claim
        segment | count | Number of the SVD segment in its file
        payer_id | text | SVD01
        paid | money | SVD02
        hcpcs | text | Code decided on, SVD03
        revenue_code | text | SVD04
        units | number | SVD05 | units
        patient_share | money | AMT*EAF after the SVD
        decided_on | date | DTP*573 after the SVD
        """
    ),
    "prior_adjustments": _columns(
        """
        sent_claim | optional_key | The claim of `Claims.claims`
        line_number | optional_key | The line in that claim; missing at claim level
        segment | count | Number of the CAS segment in its file
        payer_id | text | The payer that decided
        group_code | text | CAS01
        carc | text | Claim adjustment reason code
        amount | money | Adjusted amount
        quantity | number | Adjusted units | units
        """
    ),
    "mapping": _columns(
        """
        file | text | File, or file and sheet
        column | text | Title as the export has it
        field | text | Field it became; missing where it was left over
        step | text | exact, without spaces, abbreviations, given, or left over
        """
    ),
    "proposal": _columns(
        """
        column | text | Title as the export has it
        field | text | Field proposed; missing where it is left over or in doubt
        step | text | As in mapping, or by line, guess, in doubt
        why | text | Why, in words
        """
    ),
    "status_transactions": _columns(
        """
        file | text | File, relative to the source; a.zip!b.277 inside archives
        transaction | key | One 277 transaction set (ST to SE)
        segment | count | Number of the ST segment in its file
        control_number | text | ST02
        version | text | Implementation guide, ST03 or GS08
        kind | text | 277CA for acknowledgements of claims, else 277
        reference | text | BHT03
        created_on | date | BHT04
        levels | count | HL segments
        claims | count | Claims named (TRN at patient level)
        """
    ),
    "status_batches": _columns(
        """
        file | text | File, relative to the source
        transaction | key | The transaction set that holds it
        segment | count | Number of the STC segment in its file
        position | count | 1, 2 or 3: STC01, STC10 or STC11
        level | text | source, receiver or provider; missing where no HL says so
        source | text | Who answers: payer, clearinghouse or other
        source_name | text | Its name
        source_id | text | Its id
        trace | text | Its own trace, TRN*1 at its level
        batch | text | The practice's own batch id, TRN*2 at the receiver's level
        provider_npi | text | Billing provider; missing above provider level
        category | text | Status category, STC01-1
        category_meaning | text | What the category means, in our words
        stage | text | acknowledged, accepted, rejected, pending, finalized, request …
        status_code | text | Status code, STC01-2
        entity | text | Entity that the status is about, STC01-3
        status_date | date | STC02
        charge | money | STC04
        accepted_claims | number | QTY*90 or QTY*QA
        rejected_claims | number | QTY*AA or QTY*QC
        accepted_charge | money | AMT*YU
        rejected_charge | money | AMT*YY
        accepted | flag | Taken into adjudication
        rejected | flag | Rejected before adjudication
        """
    ),
    "statuses": _columns(
        """
        file | text | File, relative to the source
        transaction | key | The transaction set that holds it
        claim | key | One claim of a 277, with one or more statuses
        segment | count | Number of the STC segment in its file
        position | count | 1, 2 or 3: STC01, STC10 or STC11
        level | text | claim or line
        claim_id | text | The practice's own claim id: REF*EJ, else TRN02
        claim_trace | text | TRN02 of the claim
        payer_control_number | text | The payer's claim number, REF*1K
        source | text | Who answers: payer, clearinghouse or other
        source_name | text | Its name
        source_id | text | Its id
        trace | text | Its own trace, TRN*1 at its level
        batch | text | The practice's own batch id, TRN*2 at the receiver's level
        provider_npi | text | Billing provider
        category | text | Status category, STC01-1
        category_meaning | text | What the category means, in our words
        stage | text | acknowledged, accepted, rejected, pending, finalized, request …
        status_code | text | Status code, STC01-2
        entity | text | Entity that the status is about, STC01-3
        status_date | date | STC02
        charge | money | STC04, or SVC02 of a line; the same on every status of one claim or line
        paid | money | STC05, or SVC03 of a line; the same on every status of one claim or line
        service_from | date | First date of service
        service_to | date | Last date of service
        line | optional_key | Position of the line in its claim, from 1; missing at claim level
        line_control | text | Line control number, REF*FJ or REF*6R
        hcpcs | text | Code of the line
        units | number | Units of the line | units
        accepted | flag | Taken into adjudication
        rejected | flag | Rejected before adjudication: not a denial
        """
    ),
    "acknowledged_groups": _columns(
        """
        file | text | File, relative to the source; a.zip!b.999 inside archives
        transaction | key | One 999 or 997 transaction set (ST to SE)
        group | key | One functional group answered (AK1)
        segment | count | Number of the AK1 segment in its file
        kind | text | 999 or 997
        control_number | text | ST02
        functional_id | text | AK101: HC for claims
        group_control | text | AK102, the GS06 of what was sent
        version | text | AK103, guide of what was sent
        code | text | AK901; missing where no AK9 answers
        meaning | text | What the code means, in our words
        sets_included | number | AK902
        sets_received | number | AK903
        sets_accepted | number | AK904
        errors | text | AK905 to AK909, separated by spaces
        error_meaning | text | What they mean, in our words
        accepted | flag | Accepted, with or without errors
        rejected | flag | Rejected as a whole
        """
    ),
    "acknowledged_sets": _columns(
        """
        file | text | File, relative to the source
        transaction | key | The transaction set that holds the answer
        group | optional_key | The functional group; missing outside any AK1
        set | optional_key | One transaction set answered (AK2); missing outside any AK2
        segment | optional_key | Number of the AK2 segment in its file
        answer_segment | optional_key | Number of the IK5 or AK5 segment; missing without one
        set_type | text | AK201: 837 for claims
        set_control | text | AK202, the ST02 of what was sent
        version | text | AK203, guide of what was sent
        code | text | IK501 or AK501
        meaning | text | What the code means, in our words
        errors | text | IK502 to IK506, separated by spaces
        error_meaning | text | What they mean, in our words
        accepted | flag | Accepted, with or without errors
        rejected | flag | Rejected: its claims were never adjudicated
        """
    ),
    "acknowledged_errors": _columns(
        """
        file | text | File, relative to the source
        transaction | key | The transaction set that holds the answer
        group | optional_key | The functional group
        set | optional_key | The transaction set answered
        segment | count | Number of the IK3, AK3, IK4 or AK4 segment in its file
        level | text | segment or element
        claim_id | text | Claim in error, CTX*CLM01
        segment_id | text | Segment in error, IK301
        segment_position | number | Its place in the set, counted from ST, IK302
        loop | text | Its loop, IK303
        element | number | Place of the element in error, IK401-1
        component | number | Place in the composite, IK401-2
        repetition | number | Place among repetitions, IK401-3
        code | text | IK304 or IK403
        meaning | text | What the code means, in our words
        contexts | count | CTX segments behind it
        """
    ),
    "matches": _columns(
        """
        pair | key | One line of a remittance and the claim line that it answers
        claim | key | The claim in the remittance
        line | optional_key | Its service line; missing for a claim without any
        claim_row | key | Position in the lines of the export, from 0
        claim_id | text | The practice's own claim id
        line_number | optional_key | Position of the line in its claim, from 1
        line_control | text | Line control number, as the practice sent it
        submitted_date | date | Date of the sending that is answered
        rule | text | How the claim was found: what agreed
        confidence | number | How far the rule is trusted; a judgement between 0 and 1
        """
    ),
    "unmatched": _columns(
        """
        side | text | remittance or claims
        claim | optional_key | The claim in the remittance
        line | optional_key | Its service line; missing for a claim without any
        claim_row | optional_key | Position in the lines of the export, from 0
        claim_id | text | Claim id, as that side has it
        line_number | optional_key | Position of the line in its claim, from 1
        hcpcs | text | Code as billed
        service_from | date | First date of service
        submitted_date | date | Date the claim was sent
        charge | money | Charge of the line, or of a claim without lines
        reason | text | Short fixed name of the reason
        explanation | text | The reason in words
        """
    ),
    "control_totals": _columns(
        """
        what | text | What was read
        number | count | How many
        amount | money | Their sum
        """
    ),
    "payments_tied": _columns(
        """
        file | text | File, relative to the source
        transaction | key | The transaction set
        payer_name | text | Payer, as this payment names it
        payer_id | text | Payer id
        trace_number | text | Trace number of the payment
        payment_date | date | Date of the payment
        paid_on_lines | money | Sum of what lines show as paid (SVC03)
        paid_without_lines | money | Paid on claims without service lines (CLP04)
        claim_adjustments | money | Adjustments of whole claims that have lines
        paid_on_claims | money | Sum of what claims paid (CLP04)
        provider_adjustments | money | Sum of PLB: positive lowers the payment
        payment_amount | money | BPR02
        bank_amount | money | What the bank received; BPR02 where no deposits were given
        lines_difference | money | What lines and lineless claims lead to, less what claims paid
        claims_difference | money | Claims, less provider adjustments, less the payment
        bank_difference | money | The payment less the bank amount
        unexplained | money | The three differences without their signs
        """
    ),
    "by_payer_and_month": _columns(
        """
        payer | text | Payer; the export's name where no remittance tells
        payer_id | text | Payer id
        month | text | Month of service, 2026-10
        lines | count | Claim lines sent
        billed | money | Charges sent
        answered | money | Of them, answered
        unanswered | money | Of them, without an answer
        rejected | money | Of them, rejected before any decision
        void | money | Of them, requests to void
        adjudicated | money | Charges in the last decision of the payer that decided first
        paid | money | Paid in that decision
        """
    ),
    "unanswered": _columns(
        """
        claim_id | text | The practice's own claim id
        frequency | text | 1 original, 7 replacement
        payer | text | Payer; the export's name where no remittance tells
        payer_id | text | Payer id
        submitted_date | date | Date the claim was sent
        service_from | date | First date of service
        lines | count | Lines without an answer
        charge | money | Their charges
        age_days | count | Days from sending (else service) to the as-of date | days
        call_on | flag | Older than call_after_days: ask the payer
        explanation | text | What is known about it
        """
    ),
    "not_sent": _columns(
        """
        claim | key | The claim in the remittance
        file | text | File that holds it
        claim_id | text | Claim id as the payer writes it
        payer | text | Payer
        payer_id | text | Payer id
        payer_control_number | text | The payer's claim number
        payment_date | date | Date of the payment
        lines | count | Lines (1 for a claim without any) that the export does not hold
        unmatched_charge | money | Their charges
        charge | money | Charge of the whole claim
        paid | money | Paid on the whole claim
        explanation | text | Why no claim line was found
        """
    ),
    "rejected": _columns(
        """
        claim_id | text | The practice's own claim id
        payer | text | Payer as the export names it
        submitted_date | date | Date the claim was first sent
        category | text | Category of the rejection
        status_date | date | Date of the latest rejection
        lines | count | Lines of the claim
        charge | money | Their charges
        """
    ),
    "duplicates": _columns(
        """
        claim_id | text | The practice's own claim id
        line_number | optional_key | Position of the line in its claim, from 1
        payer | text | Payer
        hcpcs | text | Code as billed
        service_from | date | First date of service
        submitted_date | date | Date it was sent again
        charge | money | Charge sent again
        answered | flag | This sending was answered
        """
    ),
    "reconciliation_steps": _columns(
        """
        step | text | What becomes of billed dollars
        amount | money | Dollars; signed where it is a change
        kind | text | total or change
        """
    ),
    "denials": _columns(
        """
        denial | key | One denied line of one adjudication
        file | text | File that holds it
        segment | count | Number of the SVC segment, or of the CLP where there is none
        claim_id | text | The practice's own claim id
        payer_control_number | text | The payer's claim number
        line | optional_key | The line; missing where the claim has no service lines
        line_control | text | Line control number
        payer | text | The payer's most recent name
        payer_id | text | Payer id
        line_of_business | text | Class of coverage, from the filing indicator
        hcpcs | text | Code as billed
        focus | flag | The code is one of the focus codes
        modifiers | text | Modifiers, separated by spaces
        units | number | Units as billed | units
        service_from | date | First date of service
        denied_on | date | Payment date of the denial
        charge | money | Charge of the line
        denied_amount | money | Sum of the adjustments that are denials
        extent | text | full or partial
        origin | text | initial, or post_payment for a paid service taken back and denied
        group_code | text | Group of the adjustment that decided the cause
        carc | text | Reason code that decided the cause
        rarc | text | Remark that refined it; missing where none did
        remarks | text | Every remark of the line, then of its claim, separated by spaces
        cause | text | The cause of the denial
        cause_basis | text | Which codes decided, in words
        other_causes | text | Further causes on the line, largest first
        preventable | text | yes, partly or no
        action | text | What to do next
        shifted_to_patient | money | Part of the denied amount that the patient now owes
        stands | flag | In force at the as-of date
        in_headline | flag | Not a duplicate beside another decision, nor a later payer's refusal
        finding | text | What the line's own data says against the code billed
        """
    ),
    "code_identity": _columns(
        """
        claim_row | key | Position in the lines of the export, from 0
        claim_id | text | The practice's own claim id
        line_number | optional_key | Position of the line in its claim, from 1
        hcpcs | text | Code as billed
        service_from | date | First date of service
        finding | text | Short fixed name of the finding
        likely_code | text | The code that the line's data speaks for; missing where none is
        facts | text | What the line's data says, in words
        """
    ),
    "evidence": _columns(
        """
        denial | key | The denial, as in table denials
        claim_row | optional_key | Claim line it was compared with, from 0; missing without one
        verdict | text | supports_appeal, supports_correction, payer_is_right … (docs/evidence.md)
        rule | text | Which comparison decided
        facts | text | What was compared and found, in words
        """
    ),
    "episodes": _columns(
        """
        episode | key | One billed service
        claim_id | text | Claim id it was first billed under
        line_control | text | Line control number it was first billed under
        payer | text | Most recent name of the payer billed first
        payer_id | text | Its payer id
        payer_class | text | Class of payer, for windows and rules
        line_of_business | text | Class of coverage, from the filing indicator
        billing_npi | text | Billing provider
        rendering_npi | text | Rendering provider
        place_of_service | text | Place of service
        hcpcs | text | Code first billed
        focus | flag | The code is one of the focus codes
        units | number | Units first billed | units
        service_from | date | Date of service
        charge | money | Charge first billed
        first_submitted_on | date | First date sent, from the claim export
        accepted_on | date | Date the payer took it in before deciding (277)
        first_decided_on | date | Date of the payer's first decision
        first_denied_on | date | Date of the first denial
        last_denied_on | date | Date of the latest denial
        first_cause | text | Cause of the first denial
        cause | text | Cause of the latest denial
        state | text | State at the as-of date
        initial_denied_amount | money | Amount of the first denial, in force or not
        denied_amount | money | Denials in force = open + written off + shifted
        open_amount | money | Denied and still to be worked
        written_off_amount | money | Denied and written off
        written_off_on | date | Date of the write-off
        shifted_amount | money | Denied and now owed by the patient
        first_allowed | money | Allowed at the first denial
        allowed | money | Allowed in force
        contract_allowed | money | Allowed with sequestration and payment reductions added back
        paid | money | Paid in force
        patient_share | money | Patient share in force
        recovered_amount | money | Allowed that came after the first denial
        recovered_paid | money | Payer's cash in it
        recovered_from | text | Payer that it came from
        duplicate_amount | money | Duplicate denials beside another adjudication
        takeback_amount | money | Taken from payments outside claims (PLB), naming this claim
        denied_on | date | Date of the denial in force
        appeal_level | text | Level of the latest appeal
        appeal_sent_on | date | Date it was sent
        appeal_outcome | text | What came of it, as written; waiting while undecided
        appeal_decided_on | date | Date of the decision about it
        submissions | count | Times the service was sent or adjudicated
        rejections | count | Times it was rejected before any decision (277)
        last_activity_on | date | Date of the last event
        resolved_on | date | Date it was resolved; missing while open
        origin | text | initial or post_payment; missing where never denied
        action | text | What the code of the latest denial asks for
        verdict | text | What the claim's own data says about the payer's reason
        finding | text | What speaks against the code billed, and links not sure enough to make
        """
    ),
    "appeals": _columns(
        """
        appeal | key | One appeal
        episode | key | The service appealed
        claim_id | text | Claim id it was first billed under
        payer | text | Payer
        payer_id | text | Payer id
        hcpcs | text | Code first billed
        focus | flag | The code is one of the focus codes
        cause | text | Cause of the latest denial
        level | text | Level of the appeal, as the export writes it
        sent_on | date | Date it was sent; missing where only the answer is known
        outcome | text | What came of it, as the export writes it; waiting while undecided
        decided_on | date | Date of the decision
        days | optional_key | Days from sending to the decision, or to the as-of date | days
        denied_amount | money | Denials in force
        recovered_amount | money | Allowed that came after the first denial
        """
    ),
    "appeals_by": _columns(
        """
        level | text | Level of the appeal
        outcome | text | What came of it
        appeals | count | Appeals
        median_days | number | Median days from sending to the decision, or so far | days
        denied_amount | money | Denials in force on the services appealed
        recovered_amount | money | Allowed on them after the first denial
        """
    ),
    "deadlines": _columns(
        """
        episode | key | The service
        claim_id | text | Claim id it was first billed under
        payer | text | Payer
        payer_id | text | Payer id
        window | text | filing, corrected claim, appeal or second appeal
        counts_from | text | Date that it is counted from
        starts_on | date | That date
        days | optional_key | Length of the window | days
        deadline | date | Last day to send: end of the window less mail days, a working day
        days_left | optional_key | Days from the as-of date to the deadline | days
        source | text | contract, regulation, or planning value, unconfirmed
        confirmed | flag | From a contract or a regulation
        """
    ),
    "timeline": _columns(
        """
        date | date | Day of the event
        event | text | sent, accepted, rejected, denied, appealed, paid, reversed, taken back …
        who | text | practice, clearinghouse, or the payer's name
        amount | money | Dollars that the event is about
        words | text | What happened, with dollars and codes
        claim_id | text | Claim id it went under
        file | text | File that holds it
        segment | optional_key | Number of the segment; missing for the claim export
        """
    ),
    "recoverable": _columns(
        """
        episode | key | The open episode
        claim_id | text | Claim id it was first billed under
        line_control | text | Line control number it was first billed under
        payer | text | Payer
        payer_id | text | Payer id
        payer_class | text | Class of payer
        line_of_business | text | Class of coverage
        place_of_service | text | Place of service
        hcpcs | text | Code first billed
        focus | flag | The code is one of the focus codes
        units | number | Units first billed | units
        service_from | date | Date of service
        rendering_npi | text | Rendering provider
        first_denied_on | date | Date of the first denial
        cause | text | Cause of the latest denial
        state | text | State at the as-of date; expired where a contract's window has ended it
        verdict | text | What the claim's own data says about the payer's reason
        charge | money | Charge first billed
        denied_amount | money | Denials in force
        open_amount | money | Denied and still to be worked
        allowed | money | Already allowed
        age_days | count | Days from the first denial to the as-of date | days
        expected_allowed | money | Expected allowed amount of the whole service
        expected_basis | text | How it was found, in words
        expected_paid | money | The payer's cash in it
        expected_patient_share | money | The patient's share in it
        denied_expected | money | Expected allowed, less what is already allowed
        recovery_probability | number | Chance of recovery within the horizon
        probability_low | number | Lower end of the chance's credible range
        probability_high | number | Upper end of the chance's credible range
        chance_basis | text | What history the chance rests on, or that it is assumed
        days_to_cash | number | Expected days to the money, if it comes | days
        recoverable_amount | money | denied_expected × recovery_probability
        recoverable_paid | money | The payer's cash in it
        recoverable_low | money | Lower end of the predictive range of this row's sum
        recoverable_high | money | Upper end of the predictive range of this row's sum
        route | text | What is left to do: corrected claim, appeal, second appeal …
        deadline_kind | text | Which window comes next, and where it is from
        deadline | date | Last day to send: end of that window less mail days, a working day
        days_left | optional_key | Days from the as-of date to the deadline | days
        cost_to_work | money | Assumed cost of working it
        net_value | money | recoverable_amount − cost_to_work
        rank | count | Order of work, 1 first
        action | text | Next step
        """,
        _DRAWN,
    ),
    "recoverable_by": _columns(
        """
        episodes | count | Open episodes
        denied_amount | money | Denials in force, billed basis
        denied_expected | money | Expected value refused
        open_amount | money | Denied and still to be worked, billed basis
        recoverable_amount | money | Expected recovery
        recoverable_paid | money | The payer's cash in it
        recoverable_low | money | Lower end of the 90 % predictive range of the sum
        recoverable_high | money | Upper end of the 90 % predictive range of the sum
        """
    ),
    "last_forecast": _columns(
        """
        payer_id | text | Payer id
        payer | text | Payer
        cause | text | Cause on the day of the forecast
        episodes | count | Services open on that day
        denied_expected | money | Expected value refused on that day
        recoverable_amount | money | Forecast of what comes from that day to the as-of date
        recoverable_low | money | Lower end of the 90 % predictive range of the sum
        recoverable_high | money | Upper end of the 90 % predictive range of the sum
        realised_amount | money | What payers allowed for these services since
        difference_amount | money | realised_amount − recoverable_amount
        covered | flag | What came lies within the range
        """
    ),
    "findings": _columns(
        """
        claim_id | text | The practice's own claim id
        line_number | optional_key | Position of the line in its claim, from 1
        rule | text | Rule of codes/scrub_rules.csv that found it
        severity | text | error: expect a denial; warning: look at it; note: for the chart
        field | text | Field of the line that the finding is about
        message | text | What was found, in a biller's words
        fix | text | What to do about it
        amount_at_risk | money | Billed charge of the line, or of the claim where reach says so
        cause | text | Cause of the denial that it would bring
        reach | text | line, or claim: the finding is about the whole claim
        payer | text | Payer as the export names it
        payer_id | text | Payer id as the export has it
        hcpcs | text | Code as billed
        service_from | date | First date of service
        charge | money | Billed charge of the line
        claim_row | key | Position in the lines of the export, from 0
        source | text | Where the rule comes from
        """
    ),
    "policies": _columns(
        """
        payer_id | text | Payer id, as the export has it
        payer | text | A part of the payer's name; counts where there is no id
        hcpcs | text | Code that the requirement is about; missing: every drug code
        requirement | text | What the payer asks for; docs/prevention.md lists them
        value | text | How much of it, or yes or no
        valid_from | date | First day of service that it holds for
        valid_to | date | Last day of service that it holds for
        source | text | Where it was read
        file | text | File that holds it
        """
    ),
    "rule_value": _columns(
        """
        rule | text | Rule of codes/scrub_rules.csv
        severity | text | error, warning or note
        cause | text | Cause of the denial that it warns of
        flagged_lines | count | Answered lines that it flags
        flagged_denied | count | Of them, denied for the cause
        flagged_rate | number | Their share
        flagged_low | number | Lower end of the share's 95 % range
        flagged_high | number | Upper end of the share's 95 % range
        other_lines | count | Answered lines that it does not flag
        other_denied | count | Of them, denied for the cause
        other_rate | number | Their share
        other_low | number | Lower end of the share's 95 % range
        other_high | number | Upper end of the share's 95 % range
        denied_any | count | Flagged lines denied for any cause
        false_alarm_rate | number | Share of flagged lines that were not denied at all
        caught_amount | money | Denied dollars that it would have caught, billed basis
        verdict | text | earns its keep, does not earn its keep, too few to tell
        """
    ),
    "policy_suggestions": _columns(
        """
        payer_id | text | Payer id, as the export has it
        payer | text | Payer as the export names it
        hcpcs | text | Code that the requirement seems to be about
        requirement | text | What the payer seems to ask for
        value | text | How much of it
        evidence | text | What the answers show, in words
        lines | count | Lines that do not meet it
        denied_lines | count | Of them, refused for it
        other_lines | count | Lines that meet it
        other_denied_lines | count | Of them, refused for the same cause
        p_value | number | Chance of as much by chance alone (Fisher, one-sided)
        draft | text | The row of a policy file, to be looked up and approved
        """
    ),
    "root_causes": _columns(
        """
        rank | optional_key | Order of what to fix first; missing where another finding explains it
        payer | text | Payer as the export names it
        payer_id | text | Payer id as the export has it
        cause | text | Cause of the denials
        attribute | text | What the lines have in common: provider, location, biller, plan …
        value | text | Its value, or the field that is missing
        claims | count | The payer's claims with the value
        denied_claims | count | Of them, denied for the cause
        rate | number | Their share
        other_claims | count | The payer's other claims
        other_denied_claims | count | Of them, denied for the cause
        other_rate | number | Their share
        lift | number | Ratio of the two rates, half a case added to each count
        lift_low | number | Lower end of its 95 % range
        lift_high | number | Upper end of its 95 % range
        p_value | number | Fisher's exact test, one-sided
        q_value | number | The same among all comparisons (Benjamini and Hochberg)
        excess_per_month | money | Denied a month above the other claims' rate, billed basis
        explained_by | text | A stronger finding that explains this one; missing where it stands
        """
    ),
    "actions": _columns(
        """
        rank | count | Order of work, 1 first
        episode | key | The open episode
        claim_id | text | Claim id it was first billed under
        line_control | text | Line control number it was first billed under
        payer | text | Payer
        payer_id | text | Payer id
        cause | text | Cause of the latest denial
        hcpcs | text | Code first billed
        service_from | date | Date of service
        state | text | State at the as-of date; expired where a contract's window has ended it
        age_days | count | Days from the first denial to the as-of date | days
        open_amount | money | Denied and still to be worked
        denied_expected | money | Expected allowed, less what is already allowed
        recovery_probability | number | Chance of recovery within the horizon
        recoverable_amount | money | denied_expected × recovery_probability
        recoverable_low | money | Lower end of the predictive range of this row's sum
        recoverable_high | money | Upper end of the predictive range of this row's sum
        route | text | What is left to do: corrected claim, appeal, second appeal …
        root | text | What the denials of its group share
        group | text | Payer, cause, route and root: what one action fixes
        group_lines | count | Open denials in the group
        deadline_kind | text | Which window comes next, and where it is from
        deadline | date | Last day to send: end of that window less mail days, a working day
        days_left | optional_key | Days from the as-of date to the deadline | days
        set_up_minutes | count | Assumed minutes, once for the group | minutes
        minutes | count | Assumed minutes for this line besides | minutes
        cost_to_work | money | Assumed cost of working it alone
        net_value | money | recoverable_amount − cost_to_work
        in_hours | flag | In the set that brings most in the hours there are
        action | text | Next step
        verdict | text | What the claim's own data says about the payer's reason
        documents | text | What to gather for it
        """,
        _DRAWN,
        """
        owner | text | Who works it, as an analyst wrote
        status | text | How far it is, as an analyst wrote
        outcome | text | What came of it, as an analyst wrote
        note | text | Anything else an analyst wrote
        """,
    ),
    "work_groups": _columns(
        """
        group | text | Payer, cause, route and root
        payer | text | Payer
        payer_id | text | Payer id
        cause | text | Cause of the denials
        route | text | What is left to do
        root | text | What they share
        words | text | Lines, root and recoverable dollars in words
        lines | count | Open denials
        open_amount | money | Denied and still to be worked
        recoverable_amount | money | Expected recovery
        recoverable_low | money | Lower end of the predictive range of the sum
        recoverable_high | money | Upper end of the predictive range of the sum
        minutes | count | Assumed minutes, the set-up once | minutes
        cost_to_work | money | Assumed cost, the set-up once
        net_value | money | recoverable_amount − cost_to_work
        deadline | date | Earliest deadline
        action | text | Next step of its best line
        documents | text | What to gather for it
        """
    ),
    "notes": _columns(
        """
        file | text | Workbook that holds it
        sheet | text | Its sheet
        row | count | Row of the sheet
        claim_id | text | Claim id of the action list
        line_control | text | Line control number
        hcpcs | text | Code
        service_from | date | Date of service
        owner | text | Who works it
        status | text | How far it is
        outcome | text | What came of it
        note | text | Anything else
        episode | optional_key | The service that it is about; missing where none fits
        found | text | open, closed (no longer open) or no service
        """
    ),
    "decisions": _columns(
        """
        episode | key | The service
        claim_id | text | Claim id it was first billed under
        line_control | text | Line control number it was first billed under
        hcpcs | text | Code first billed
        focus | flag | The code is one of the focus codes
        service_from | date | Date of service
        payer | text | Payer that decided
        payer_id | text | Its payer id
        first_payer | flag | It was billed first
        decided_on | date | Date of the decision
        file | text | File that holds it
        segment | count | Number of its segment in the file
        charge | money | Charge decided
        denied_amount | money | Denied in it
        allowed | money | Allowed in it
        paid | money | Paid in it
        patient_share | money | Patient share in it
        reversal | flag | Takes an earlier decision back
        in_force | flag | In force at the as-of date
        suspected | flag | The whole charge is written to a code that should not take it all
        """
    ),
    "inventory": _columns(
        """
        claim_id | text | Claim id it was first billed under
        line_control | text | Line control number it was first billed under
        hcpcs | text | Code first billed
        service_from | date | Date of service
        payer | text | Payer
        payer_id | text | Payer id
        cause | text | Cause of the latest denial
        state | text | State at the close; expired where a contract's window has ended it
        first_denied_on | date | Date of the first denial
        denied_on | date | Date of the denial in force
        initial_denied_amount | money | Amount of the first denial
        denied_amount | money | Denials in force
        open_amount | money | Denied, and still to be worked
        expired_amount | money | Denied, and ended by a contract's window
        written_off_amount | money | Denied and written off
        shifted_amount | money | Denied and now owed by the patient
        allowed | money | Allowed in force
        recovered_amount | money | Allowed that came after the first denial
        """
    ),
    "roll_forward": _columns(
        """
        step | text | Step in words
        name | text | Its column in movements
        kind | text | total or change
        amount | money | Billed dollars, signed; the steps before closing add up to it
        services | count | Services in it
        """
    ),
    "movements": _columns(
        """
        claim_id | text | Claim id it was first billed under
        line_control | text | Line control number it was first billed under
        hcpcs | text | Code first billed
        service_from | date | Date of service
        payer | text | Payer
        payer_id | text | Payer id
        cause | text | Cause of the latest denial
        opening | money | Open at the last close, as it was reported then
        newly_denied | money | Denied since
        recovered | money | No longer open because it was allowed
        written_off | money | Written off since
        shifted | money | Owed by the patient since
        expired | money | Ended by a contract's window since
        restated | money | What no event since explains, signed
        closing | money | Open at this close
        reason | text | Why it was restated
        file | text | File that explains it; missing where none does
        """
    ),
    "ageing": _columns(
        """
        payer_id | text | Payer id
        payer | text | Payer
        age_band | text | Days from the first denial: 0–30, 31–60, 61–90, 91–120, over 120
        episodes | count | Open denials
        open_amount | money | Denied and still to be worked
        denied_expected | money | Expected value refused
        recoverable_amount | money | Expected recovery
        """
    ),
    "reserve": _columns(
        """
        payer_id | text | Payer id
        payer | text | Payer; the last row is the total
        episodes | count | Open denials
        open_amount | money | Denied and still to be worked, billed basis
        denied_expected | money | Expected value refused
        recoverable_amount | money | Expected recovery
        reserve_amount | money | denied_expected − recoverable_amount
        reserve_low | money | The same at the upper end of the range of what comes
        reserve_high | money | The same at its lower end
        """
    ),
    "underpayments": _columns(
        """
        episode | key | The service
        claim_id | text | Claim id it was first billed under
        line_control | text | Line control number it was first billed under
        payer | text | Payer
        payer_id | text | Payer id
        hcpcs | text | Code first billed
        focus | flag | The code is one of the focus codes
        units | number | Units first billed | units
        service_from | date | Date of service
        charge | money | Charge first billed
        expected_allowed | money | What the fee schedule allows, at most the charge
        expected_basis | text | How the schedule prices it
        contract_allowed | money | Allowed with sequestration and payment reductions added back
        denied_amount | money | Denials in force on it, which are no underpayment
        underpaid_amount | money | expected_allowed − contract_allowed − denied_amount
        """
    ),
    "suspected_denials": _columns(
        """
        episode | key | The service
        claim_id | text | Claim id it was first billed under
        line_control | text | Line control number it was first billed under
        payer | text | Payer
        payer_id | text | Payer id
        hcpcs | text | Code first billed
        focus | flag | The code is one of the focus codes
        service_from | date | Date of service
        decided_on | date | Date of the decision
        charge | money | Charge, all of it written to the contract
        file | text | File that holds it
        segment | count | Number of its segment in the file
        """
    ),
    "secondary_denials": _columns(
        """
        denial | key | The refusal
        claim_id | text | The practice's own claim id
        line_control | text | Line control number
        payer | text | The later payer
        payer_id | text | Its payer id
        hcpcs | text | Code as billed
        focus | flag | The code is one of the focus codes
        service_from | date | Date of service
        denied_on | date | Payment date of the refusal
        cause | text | Its cause
        denied_amount | money | What it refused
        file | text | File that holds it
        segment | count | Number of its segment in the file
        """
    ),
    "takebacks": _columns(
        """
        file | text | File that holds it
        segment | count | Number of the PLB segment in its file
        payer | text | Payer
        payer_id | text | Payer id
        paid_on | date | Date of the payment that it changed
        reason | text | PLB code
        meaning | text | What the code means, in our words
        reference | text | What the payer refers to
        claim_id | text | Claim whose control number it names
        amount | money | As written: positive lowered the payment
        """
    ),
    "credit_balances": _columns(
        """
        episode | key | The service
        claim_id | text | Claim id it was first billed under
        line_control | text | Line control number it was first billed under
        hcpcs | text | Code first billed
        focus | flag | The code is one of the focus codes
        service_from | date | Date of service
        payers | count | Payers with a decision in force
        paid | money | Paid by all of them
        allowed | money | The most that one of them allows
        credit_amount | money | paid − allowed
        """
    ),
    "repayment_exposure": _columns(
        """
        episode | key | The service
        claim_id | text | Claim id it was first billed under
        line_control | text | Line control number it was first billed under
        payer | text | Payer
        payer_id | text | Payer id
        hcpcs | text | Code first billed
        focus | flag | The code is one of the focus codes
        units | number | Units first billed | units
        service_from | date | Date of service
        charge | money | Charge first billed
        paid | money | Paid in force
        finding | text | What the line's own data says about the code
        """
    ),
    "drug_cost_at_risk": _columns(
        """
        payer_id | text | Payer id
        payer | text | Payer
        hcpcs | text | Code first billed
        episodes | count | Open denials
        units | number | Units first billed | units
        acquisition_cost | money | Units × the user's cost per unit
        denied_expected | money | Expected value refused
        recoverable_amount | money | Expected recovery
        uncovered_amount | money | acquisition_cost − recoverable_amount, at least 0
        """
    ),
    "what_if": _columns(
        """
        scenario | text | What is changed, in words
        episodes | count | Denials worked
        recoverable_amount | money | Expected recovery
        recoverable_low | money | Lower end of the predictive range of the sum
        recoverable_high | money | Upper end of the predictive range of the sum
        change | money | recoverable_amount − that of the denials as they are
        """
    ),
    "changes": _columns(
        """
        kind | text | rate, or new_code
        payer | text | Payer
        payer_id | text | Payer id
        cause | text | Cause of the denials, or "any cause"
        code | text | CARC or RARC that is new
        direction | text | up or down
        rate_before | number | Share of services first denied in the months before
        rate_after | number | The same in the last months
        denied_before | count | Services first denied in the months before
        services_before | count | Services decided in the months before
        denied_after | count | Services first denied in the last months; lines with a new code
        services_after | count | Services decided in the last months
        window_months | count | Number of last months that show it best
        since | date | Most likely day of the change; first day of a new code
        since_low | date | Earliest day at least a twentieth as likely
        since_high | date | Latest day at least a twentieth as likely
        p_value | number | Exact one-sided p-value of that window
        false_alarm | number | Chance that anything looks so striking where nothing changed
        words | text | The finding in a sentence
        """
    ),
    "kpis": _columns(
        """
        group | text | Payer, cause, month …; missing for all together
        kpi | text | Name of the measure
        value | number | The value; missing where its denominator is missing
        numerator | number | Numerator, or the number of days summed
        denominator | number | Denominator, or the number of cases
        cases | count | Services, claims or denials behind it
        low | number | Lower end of the 95 % range
        high | number | Upper end of the 95 % range
        unit | text | ratio or days
        base | text | lines, dollars, claims or days
        definition | text | Numerator and denominator in words
        """
    ),
}


def columns(table: str) -> list[str]:
    """Names of a table's columns, in order.

    Example:
        >>> columns("remarks")
        ['claim', 'line', 'segment', 'source', 'rarc']
    """
    return [column.name for column in TABLES[table]]


def conform(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """Return `frame` with exactly the columns and types of `table`, in order.

    Args:
        frame: Any frame that has the table's key, flag and count columns; other
            columns of the table may be absent and are then missing in every row.
        table: A name in `TABLES`.

    Returns:
        A new frame. Text is `str`, money is dollars rounded to cents, dates are
        `datetime64[us]`, optional keys `Int64`.

    Raises:
        ValueError: if a key, count or flag column is absent.

    Example:
        >>> conform(pd.DataFrame({"claim": [1], "segment": [9]}), "remarks").dtypes["line"]
        Int64Dtype()
    """
    index = pd.RangeIndex(len(frame))
    absent: dict[str, pd.Series] = {}
    data: dict[str, pd.Series] = {}
    for column in TABLES[table]:
        if column.name in frame.columns:
            data[column.name] = _typed(frame[column.name].set_axis(index), column)
        elif column.kind in ("key", "count", "flag"):
            raise ValueError(f"{table} needs a column {column.name!r}; got {list(frame.columns)}")
        else:
            dtype = DTYPES[column.kind]
            # One absent column serves all of its type: a million missing values are slow to make.
            if dtype not in absent:
                absent[dtype] = pd.Series([None], dtype=dtype).reindex(index)
            data[column.name] = absent[dtype]
    # Columns are never changed in place, so none has to be copied.
    return pd.DataFrame(data, index=index, copy=False)


def empty(table: str) -> pd.DataFrame:
    """An empty frame with the columns and types of `table`.

    Example:
        >>> len(empty("denials"))
        0
    """
    return pd.DataFrame({c.name: pd.Series(dtype=DTYPES[c.kind]) for c in TABLES[table]})


def as_text(values: pd.Series) -> pd.Series:
    """Text of any kind as `str`, categories too.

    Example:
        >>> as_text(pd.Series(["a", None], dtype="category")).tolist()
        ['a', nan]
    """
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return values.astype("str")
    # Taking from the few distinct texts is many times faster than casting one by one.
    distinct = pd.Series(values.cat.categories, dtype="str").array
    text = distinct.take(values.cat.codes.to_numpy(), allow_fill=True)
    return pd.Series(text, index=values.index, name=values.name)


def cents(amounts: pd.Series) -> pd.Series:
    """Dollars as exact whole cents (`int64`); a missing amount counts as 0.

    Example:
        >>> cents(pd.Series([0.1, 0.2, None])).tolist()
        [10, 20, 0]
    """
    amounts = amounts.astype("float64").fillna(0.0)
    fine = (amounts * 100).round().astype("int64")
    wide = amounts.abs() >= _WIDE
    return fine.mask(wide, (amounts * 10).round().astype("int64") * 10) if wide.any() else fine


def dollars(amounts: pd.Series) -> pd.Series:
    """Whole cents as dollars, the inverse of `cents`.

    Example:
        >>> dollars(pd.Series([30])).tolist()
        [0.3]
    """
    if (amounts.abs() < _WIDE * 100).all():
        # The quotient of two whole numbers is the nearest double there is: nothing to round.
        return amounts / 100
    return _rounded((amounts // 100).astype("float64") + (amounts % 100) / 100)


def _rounded(amounts: pd.Series) -> pd.Series:
    """Dollars rounded to cents; adding zero turns -0.0 into 0.0."""
    wide, rounded = amounts.abs() >= _WIDE, amounts.round(2)
    return (rounded.mask(wide, amounts.round(1)) if wide.any() else rounded) + 0.0


def _unless_same(values: pd.Series, change: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """The changed values, or the given ones where no bit differs: tables then share them."""
    changed = change(values)
    bits = [one.to_numpy().view("int64") for one in (values, changed)]
    return values if (bits[0] == bits[1]).all() else changed


def _typed(values: pd.Series, column: Column) -> pd.Series:
    if column.kind == "money":
        return _unless_same(values.astype("float64"), _rounded)
    if column.kind == "text":
        text = as_text(values)
        return text.where(text != "") if (text == "").any() else text
    if column.kind == "date":
        dates = values if values.dtype.kind == "M" else pd.to_datetime(values)
        return dates.astype("datetime64[us]")
    typed: pd.Series = values.astype(DTYPES[column.kind])  # type: ignore[call-overload]
    return typed
