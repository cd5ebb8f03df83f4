"""Speed and memory, mostly as ratios to a baseline of the same run: `python -m benchmarks`."""
