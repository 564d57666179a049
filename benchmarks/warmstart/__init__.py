"""Problems, methods, runner and analysis of `benchmarks.bench_warmstart`."""
