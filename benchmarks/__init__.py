"""How fast it is, as ratios to something measured in the same run: `python -m benchmarks`."""
