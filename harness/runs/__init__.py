"""Runs: what was judged together, read back, counted and compared."""
