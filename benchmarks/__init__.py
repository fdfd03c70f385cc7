"""Benchmarks: what is read right, how fast and in how much memory, beside other readers.

Nothing in the package imports this. `docs/benchmarks.md` says how to run it.
"""
