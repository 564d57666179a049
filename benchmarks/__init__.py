"""Measurements that others can repeat; `python -m benchmarks.bench_NAME`."""
