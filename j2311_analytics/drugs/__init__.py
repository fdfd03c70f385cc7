"""Arithmetic of injectable drugs: doses, vials, NDCs, modifiers and their codes.

Plain functions on columns. What they know is in `codes/drug_codes.csv`,
`codes/drug_ndc.csv` and `codes/modifier.csv`; what those do not know is missing
in the answer, never guessed.
"""
