"""Proving that figures tie out: balances of remittances."""
