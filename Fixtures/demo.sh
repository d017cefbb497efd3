#!/usr/bin/env bash
# A short tour of mailwire over the fixtures: `make demo`.
set -eu
mailwire=${1:-.build/release/mailwire}
fixtures=$(dirname "$0")

show() {
  printf '\n\033[1m$ mailwire %s\033[0m\n' "$*"
  "$mailwire" "$@"
}

show packets "$fixtures/recorded/smtp-delivery.pcap" -c 12
show packets --tree -c 4 "$fixtures/recorded/smtp-delivery.pcap"
show sessions "$fixtures/recorded/smtp-delivery.pcap"
show sessions "$fixtures/recorded/pop3-session.pcap"
show sessions "$fixtures/recorded/imap-session.pcap"
show sessions --format json "$fixtures/recorded/smtp-bdat.pcap"
