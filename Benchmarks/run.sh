#!/usr/bin/env bash
# Runs what `make bench-build` has built and prints the table; exit 1: a budget is broken.
# usage: Benchmarks/run.sh [part …]   (frames fanout subscriptions plane audience commit history prefetch firing; none: all, two minutes)
# `traffic` runs by name only (Scripts/traffic.sh: clients against the release build, about two minutes).
# `prefetch` by name also measures /graphql over sockets (Scripts/prefetch.sh: needs wrk, builds control-room).
#        Benchmarks/run.sh edge [option …]   the edge on sockets beside other servers: see Benchmarks/Edge/bench.py
set -euo pipefail
cd "$(dirname "$0")/.."
echo "Load before the run: $(cut -d" " -f1-3 /proc/loadavg) on $(nproc) cores (a budget of milliseconds wants an idle machine)"
programs="$(swift build --package-path Benchmarks -c release --show-bin-path)"
if [ "${1:-}" != edge ]; then
    case " $* " in *" prefetch "*) Benchmarks/Scripts/prefetch.sh ;; esac
    case " $* " in *" traffic "*) Benchmarks/Scripts/traffic.sh ;; esac
    [ "$*" != traffic ] || exit 0
    exec "$programs/Benchmarks" "$@"
fi
shift

# What it is held against; nothing of it is started but by bench.py, and ended there.
Scripts/setup.sh gcc python3 nginx mosquitto
[ -e /usr/lib/nginx/modules/ngx_nchan_module.so ] || Scripts/setup.sh libnginx-mod-nchan
swift build --package-path Benchmarks -c release --product EdgeNode --quiet
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
gcc -O2 -Wall -o "$folder/loop" Benchmarks/Edge/loop.c -lpthread
gcc -O2 -Wall -o "$folder/devices" Benchmarks/Edge/devices.c
ln -s "$programs/EdgeNode" "$folder/EdgeNode"
ulimit -n "$(ulimit -Hn)"
python3 Benchmarks/Edge/bench.py "$folder" "$@"
