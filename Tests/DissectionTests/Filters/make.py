#!/usr/bin/env python3
"""Write expected.tsv: for each filter of filters.txt the frames that tshark chooses.

One tshark run a filter; run it again when filters.txt or a capture changes:
    Tests/DissectionTests/Filters/make.py
"""
import os, pathlib, subprocess, sys
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE.parents[2] / "Fixtures"
OPTIONS = [x for p in ("ip", "tcp", "udp") for x in ("-o", f"{p}.check_checksum:TRUE")]


def frames(capture, text):
    run = subprocess.run(
        ["tshark", "-r", FIXTURES / capture, *OPTIONS, "-Y", text, "-T", "fields", "-e", "frame.number"],
        capture_output=True, text=True, env=dict(os.environ, TZ="UTC"))
    if run.returncode == 2 or (run.stderr and "(s)" not in run.stderr and "^" in run.stderr):
        print(f"{capture}: {text}: {run.stderr.strip()}", file=sys.stderr)
        return None
    numbers = [int(x) for x in run.stdout.split()]
    parts, start = [], None
    for i, n in enumerate(numbers):
        if start is None:
            start = n
        if i + 1 == len(numbers) or numbers[i + 1] != n + 1:
            parts.append(str(n) if n == start else f"{start}-{n}")
            start = None
    return ",".join(parts)


def main():
    rows, capture = [], None
    for line in (HERE / "filters.txt").read_text().splitlines():
        if line.startswith("= "):
            capture = line[2:]
        elif line and not line.startswith("#"):
            rows.append((capture, line))
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda row: frames(*row), rows))
    with open(HERE / "expected.tsv", "w") as out:
        for (capture, text), chosen in zip(rows, results):
            if chosen is not None:
                out.write(f"{capture}\t{text}\t{chosen}\n")


main()
