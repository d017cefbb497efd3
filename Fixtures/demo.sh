#!/usr/bin/env bash
# A short tour of mailwire over the fixtures: `make demo`.
set -eu
mailwire=${1:-.build/release/mailwire}
fixtures=$(dirname "$0")

if [ -t 1 ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m'); else bold="" plain=""; fi

show() {
  printf '\n%s$ mailwire %s%s\n' "$bold" "$*" "$plain"
  "$mailwire" "$@"
}

show packets "$fixtures/recorded/smtp-delivery.pcap" -c 12
show packets --tree -c 4 "$fixtures/recorded/smtp-delivery.pcap"
show sessions "$fixtures/recorded/smtp-delivery.pcap"
show sessions "$fixtures/recorded/pop3-session.pcap"
show sessions "$fixtures/recorded/imap-session.pcap"
show sessions --format json "$fixtures/recorded/smtp-bdat.pcap"
