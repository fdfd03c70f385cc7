"""Denial analytics for injectable-drug claims, HCPCS J2311 first."""

from j2311_analytics.assumptions import Assumptions, read_assumptions
from j2311_analytics.denials.appeals import appeals_by, find_appeals
from j2311_analytics.denials.decisions import list_decisions
from j2311_analytics.denials.episodes import link_episodes
from j2311_analytics.denials.evidence import weigh_evidence
from j2311_analytics.denials.explain import explain_denial
from j2311_analytics.denials.find import find_denials
from j2311_analytics.denials.identity import code_identity
from j2311_analytics.denials.timeline import episode_timeline
from j2311_analytics.errors import AnalyticsWarning, X12Error
from j2311_analytics.ingest.acknowledgements import (
    ClaimStatuses,
    FileAnswers,
    read_277,
    read_999,
    read_acknowledgements,
)
from j2311_analytics.ingest.claim_files import read_claims
from j2311_analytics.ingest.claims837 import read_837
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.mapping_file import propose_columns
from j2311_analytics.ingest.remittance import Remittance, read_835, scan_835
from j2311_analytics.ingest.store import Ingested, Store, open_store
from j2311_analytics.matching.balance import balance
from j2311_analytics.matching.match import Matches, match_claims
from j2311_analytics.matching.payers import payers
from j2311_analytics.matching.reconcile import Reconciliation, reconcile
from j2311_analytics.prevention.policies import read_policies
from j2311_analytics.prevention.root_causes import root_causes
from j2311_analytics.prevention.scrub import charge_at_risk, scrub_claims
from j2311_analytics.prevention.suggest import suggest_policies
from j2311_analytics.prevention.unit_limits import read_unit_limits
from j2311_analytics.prevention.worth import rule_value
from j2311_analytics.report.analysis import MonthAnalysis, analyse_month
from j2311_analytics.report.backtest_charts import (
    plot_calibration,
    plot_forecast_vs_actual,
    plot_triangle,
)
from j2311_analytics.report.changes import detect_changes
from j2311_analytics.report.changes_chart import plot_changes
from j2311_analytics.report.charts import (
    plot_cause_pareto,
    plot_denial_trend,
    plot_recoverable_by_payer,
    plot_recoverable_heatmap,
    plot_waterfall,
)
from j2311_analytics.report.check import ClaimCheck, check_claims
from j2311_analytics.report.control import what_if_control
from j2311_analytics.report.figures import waterfall_steps
from j2311_analytics.report.kpis import benchmarks, denial_trend, kpis
from j2311_analytics.report.month import MonthRun, run_month
from j2311_analytics.report.notes import match_notes, read_notes
from j2311_analytics.report.prevention import plot_root_causes
from j2311_analytics.report.scenarios import plot_what_if
from j2311_analytics.report.settings import Settings, read_settings
from j2311_analytics.report.timeline_chart import plot_timeline
from j2311_analytics.revenue.actions import WorkPlan, action_list, best_hours, work_groups
from j2311_analytics.revenue.asides import (
    credit_balances,
    drug_cost_at_risk,
    repayment_exposure,
    secondary_denials,
    suspected_denials,
    takebacks,
    underpayments,
)
from j2311_analytics.revenue.backtest import Backtest, backtest
from j2311_analytics.revenue.close import RollForward, inventory, roll_forward
from j2311_analytics.revenue.deadlines import deadlines
from j2311_analytics.revenue.fees import read_fee_schedule
from j2311_analytics.revenue.incidence import cumulative_incidence
from j2311_analytics.revenue.last_month import LastForecast, last_forecast
from j2311_analytics.revenue.position import ageing, reserve
from j2311_analytics.revenue.spells import spells
from j2311_analytics.revenue.triangle import recovery_triangle
from j2311_analytics.revenue.value import recoverable_by, value_denials
from j2311_analytics.revenue.what_if import what_if
from j2311_analytics.sample import make_sample

__all__ = [
    "AnalyticsWarning",
    "Assumptions",
    "Backtest",
    "ClaimCheck",
    "ClaimStatuses",
    "Claims",
    "FileAnswers",
    "Ingested",
    "LastForecast",
    "Matches",
    "MonthAnalysis",
    "MonthRun",
    "Reconciliation",
    "Remittance",
    "RollForward",
    "Settings",
    "Store",
    "WorkPlan",
    "X12Error",
    "action_list",
    "ageing",
    "analyse_month",
    "appeals_by",
    "backtest",
    "balance",
    "benchmarks",
    "best_hours",
    "charge_at_risk",
    "check_claims",
    "code_identity",
    "credit_balances",
    "cumulative_incidence",
    "deadlines",
    "denial_trend",
    "detect_changes",
    "drug_cost_at_risk",
    "episode_timeline",
    "explain_denial",
    "find_appeals",
    "find_denials",
    "inventory",
    "kpis",
    "last_forecast",
    "link_episodes",
    "list_decisions",
    "make_sample",
    "match_claims",
    "match_notes",
    "open_store",
    "payers",
    "plot_calibration",
    "plot_cause_pareto",
    "plot_changes",
    "plot_denial_trend",
    "plot_forecast_vs_actual",
    "plot_recoverable_by_payer",
    "plot_recoverable_heatmap",
    "plot_root_causes",
    "plot_timeline",
    "plot_triangle",
    "plot_waterfall",
    "plot_what_if",
    "propose_columns",
    "read_277",
    "read_835",
    "read_837",
    "read_999",
    "read_acknowledgements",
    "read_assumptions",
    "read_claims",
    "read_fee_schedule",
    "read_notes",
    "read_policies",
    "read_settings",
    "read_unit_limits",
    "reconcile",
    "recoverable_by",
    "recovery_triangle",
    "repayment_exposure",
    "reserve",
    "roll_forward",
    "root_causes",
    "rule_value",
    "run_month",
    "scan_835",
    "scrub_claims",
    "secondary_denials",
    "spells",
    "suggest_policies",
    "suspected_denials",
    "takebacks",
    "underpayments",
    "value_denials",
    "waterfall_steps",
    "weigh_evidence",
    "what_if",
    "what_if_control",
    "work_groups",
]
