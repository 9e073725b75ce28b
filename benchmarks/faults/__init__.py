"""Everything is killed while people write and read: nobody misses anything.

`python -m benchmarks.faults` runs it long; tests/realtime/test_faults.py runs it short.
"""
