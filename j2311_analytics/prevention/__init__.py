"""Rules on claims before they go out, payer policies, and what denials have in common."""
