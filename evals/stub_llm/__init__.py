"""A stub language model on loopback, for tests and benchmarks. Real provider clients talk to it; no model runs."""
