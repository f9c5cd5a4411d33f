"""Benchmarks: what this project does beside what cannot be beaten, in one run on one machine."""
