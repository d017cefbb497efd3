#!/usr/bin/env bash
# Speed and memory of the release build against a bare libpcap loop over the same capture.
#
#   Benchmarks/run.sh .build/release/mailwire [CAPTURE]
#
# Without CAPTURE a file of SIZE (default 200M) is made by GENERATE, a generator of mail traffic that takes
# --size, --seed and -o.
set -eu
mailwire=$1
here=$(cd "$(dirname "$0")" && pwd)
work=${TMPDIR:-/tmp}/mailwire-bench
mkdir -p "$work"
capture=${2:-}
if [ -z "$capture" ]; then
  generate=${GENERATE:-$here/../../shared/bench/generate.py}
  if [ ! -e "$generate" ]; then
    echo "no capture given, and no generator at $generate" >&2
    exit 66
  fi
  size=${SIZE:-200M}
  capture=$work/mail-$size.pcap
  [ -e "$capture" ] || python3 "$generate" --size "$size" --seed 1 -o "$capture" >&2
fi
cc -O2 -o "$work/pcap_loop" "$here/pcap_loop.c" -lpcap

measure() { # the best of three runs: seconds and peak KiB
  local name=$1 best="" line
  shift
  for _ in 1 2 3; do
    line=$(python3 - "$@" <<'PYTHON'
import os, resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
took = time.perf_counter() - start
print(f"{took:.3f} {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}")
PYTHON
    )
    if [ -z "$best" ] || [ "$(printf '%s\n%s\n' "$line" "$best" | sort -n | head -1)" = "$line" ]; then best=$line; fi
  done
  set -- $best
  [ -n "${yardstick:-}" ] || yardstick=$1
  printf '%-34s %8.3f s %6.1f x %9d KiB\n' "$name" "$1" "$(echo "$1 / $yardstick" | bc -l)" "$2"
}

ls -l "$capture" | awk '{print $5 " bytes: " $9}'
measure "libpcap loop (C)" "$work/pcap_loop" "$capture"
measure "mailwire sessions" "$mailwire" sessions "$capture"
measure "mailwire sessions --format ndjson" "$mailwire" sessions --format ndjson "$capture"
measure "mailwire packets" "$mailwire" packets "$capture"
measure "mailwire packets --tree" "$mailwire" packets --tree "$capture"

# A million connections that are open at once: memory must stay below 2 GiB.
open=$work/open-connections.pcap
[ -e "$open" ] || python3 "$here/open_connections.py" -o "$open"
measure "sessions, 1,000,000 connections" "$mailwire" sessions "$open"
