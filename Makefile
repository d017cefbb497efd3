# The two commands of the README are `make demo` and `make test`; each does all the set-up it needs.

PREFIX ?= /usr/local
DESTDIR ?=
SWIFT ?= swift
MAILWIRE = .build/release/mailwire
# The Swift libraries are linked in: the program runs where no toolchain is, and a little faster. What a debugger needs is
# left out.
RELEASE = -c release --product mailwire --static-swift-stdlib -Xswiftc -use-ld=lld -Xlinker -s
PACKAGES = libpcap-dev zlib1g-dev libzstd-dev
HEADERS = /usr/include/pcap/pcap.h /usr/include/zlib.h /usr/include/zstd.h
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: demo test build example threads setup docs install uninstall format lint bench bench-parts clean

## Show what mailwire prints: a tree, a transcript of each mail protocol, JSON.
demo: build
	@Fixtures/demo.sh $(MAILWIRE)

## Run every test.
test: setup
	$(SWIFT) test

## Build in release mode.
build: setup
	$(SWIFT) build $(RELEASE)

## Build and run the program of Examples/library, which has no more than this package as a library.
example: setup
	$(SWIFT) run --package-path Examples/library --scratch-path .build/example \
	  verdicts Fixtures/recorded/smtp-delivery.pcap Fixtures/recorded/imap-idle.pcap

## Look for data races: a build of its own with the thread sanitizer, run over the fixtures with two threads.
threads: setup
	$(SWIFT) build -c release --product mailwire --sanitize=thread --scratch-path .build/threads
	Fixtures/threads.sh "$$($(SWIFT) build -c release --sanitize=thread --scratch-path .build/threads --show-bin-path)/mailwire"

## Install what is missing (Debian's -dev packages, with sudo where not root).
setup:
	@for header in $(HEADERS); do [ -e $$header ] || missing=1; done; \
	if [ -n "$$missing" ]; then \
	  $(SUDO) apt-get update -q && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q $(PACKAGES); \
	fi

## Install the program below PREFIX.
install: build
	install -D -s -m 755 $(MAILWIRE) $(DESTDIR)$(PREFIX)/bin/mailwire

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/mailwire

## Make the documentation that comes from tables in the source.
docs: build
	$(MAILWIRE) findings --format markdown > docs/findings.md

format:
	$(SWIFT) format --in-place --recursive Sources Tests Examples Benchmarks Package.swift

lint:
	$(SWIFT) format lint --strict --recursive Sources Tests Examples Benchmarks Package.swift

## Measure speed and memory; see Benchmarks/README.md.
bench: build
	python3 Benchmarks/compare.py $(MAILWIRE) --write

## Measure the parts one by one.
bench-parts: setup
	cd Benchmarks && $(SWIFT) package --scratch-path ../.build/parts benchmark

clean:
	rm -rf .build
