"""What samples say about rates and differences; every formula is on ``docs/statistics.md``."""
