#!/usr/bin/env bash
# Runs a program that was built with the thread sanitizer over every fixture, with two threads. What the sanitizer finds is on
# standard error, and ends this with status 1.
set -eu
program=$1
cd "$(dirname "$0")"
export TSAN_OPTIONS="exitcode=99 halt_on_error=1"
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
count=0
for capture in */*.pcap */*.pcapng */*.gz */*.zst; do
  for view in 'sessions' 'sessions --format json' 'packets' 'packets --tree' 'messages --format json'; do
    status=0
    # The words of a view are options of their own.
    # shellcheck disable=SC2086
    "$program" $view --jobs 2 "$capture" >/dev/null 2>"$errors" || status=$?
    if [ $status = 99 ] || [ $status -gt 127 ]; then
      cat "$errors" >&2
      echo "$view $capture: status $status" >&2
      exit 1
    fi
    count=$((count + 1))
  done
done
echo "$count runs with the thread sanitizer, nothing found"
