#!/usr/bin/env bash
# Runs what `make bench-build` has built and prints the table; exit 1: a budget is broken.
# usage: Benchmarks/run.sh [part …]   (frames fanout subscriptions plane audience commit history prefetch firing; none: all, two minutes)
# `traffic` runs by name only (Scripts/traffic.sh: clients against the release build, about two minutes).
# `prefetch` by name also measures /graphql over sockets (Scripts/prefetch.sh: needs wrk, builds control-room).
set -euo pipefail
cd "$(dirname "$0")/.."
echo "Load before the run: $(cut -d" " -f1-3 /proc/loadavg) on $(nproc) cores (a budget of milliseconds wants an idle machine)"
case " $* " in *" prefetch "*) Benchmarks/Scripts/prefetch.sh ;; esac
case " $* " in *" traffic "*) Benchmarks/Scripts/traffic.sh ;; esac
[ "$*" != traffic ] || exit 0
exec "$(swift build --package-path Benchmarks -c release --show-bin-path)/Benchmarks" "$@"
