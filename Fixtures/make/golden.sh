#!/usr/bin/env bash
# What a built mailwire prints of every capture in Fixtures.
#
#   Fixtures/make/golden.sh PROGRAM          makes Fixtures/golden anew
#   Fixtures/make/golden.sh PROGRAM FOLDER   writes all of it to FOLDER, to be compared
#
# endings.tsv has the exit status and the line on standard error of each run that did not
# read all. Of longer texts Fixtures/golden has only the length and the SHA-256, in digests.tsv.
set -eu
export LC_ALL=C
program=$(realpath "$1")
folder=$(realpath -m "${2:-$(mktemp -d)}")
cd "$(dirname "$0")/../.."
longest=48000
ladders=" smtp-delivery smtp-pipelining smtp-starttls lmtp-delivery pop3-session imap-idle tcp-port-reuse "

# What mailwire is asked for to show a view.
arguments() {
  case $1 in
    list) echo packets ;;
    tree) echo packets --tree ;;
    json) echo packets --format json ;;
    transcript) echo sessions ;;
    ladder) echo sessions --ladder ;;
    sessions.json) echo sessions --format json ;;
  esac
}

mkdir -p "$folder"
rm -f "$folder/endings.tsv"
find Fixtures/recorded Fixtures/crafted Fixtures/degraded Fixtures/cases -name '*.pcap*' | sort |
  while read -r capture; do
    name=$(basename "$capture")
    name=${name%%.*}
    for view in list tree json transcript sessions.json ladder; do
      if [ $view = ladder ] && [ "${ladders#* "$name" }" = "$ladders" ]; then continue; fi
      status=0
      # shellcheck disable=SC2046
      "$program" $(arguments $view) "$capture" \
        > "$folder/$name.$view" 2> "$folder/errors" || status=$?
      if [ $status != 0 ] || [ -s "$folder/errors" ]; then
        printf '%s\t%s\t%s\t%s\n' "$name" $view $status "$(cat "$folder/errors")" \
          >> "$folder/endings.tsv"
      fi
    done
  done
rm "$folder/errors"
if [ $# -gt 1 ]; then exit; fi

golden=Fixtures/golden
rm -rf $golden
mkdir $golden
for text in "$folder"/*; do
  file=$(basename "$text")
  bytes=$(wc -c < "$text")
  if [ "$bytes" -gt $longest ]; then
    digest=$(sha256sum < "$text")
    printf '%s\t%s\t%s\t%s\n' "${file%%.*}" "${file#*.}" "$bytes" "${digest%% *}" \
      >> $golden/digests.tsv
  else
    mv "$text" $golden
  fi
done
rm -rf "$folder"
