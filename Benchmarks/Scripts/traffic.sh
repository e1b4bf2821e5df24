#!/usr/bin/env bash
# Offers two and five times the capacity of one server in mixed traffic (load.c): 10 % state of the live event (CRITICAL), 30 % browsing,
# 40 % prefetch of stage maps, each device of its own so that nothing is a kept answer, 20 % telemetry of 60 lines. The release build is
# pinned to core 0, the clients to core 1; first with priority off, which also gives the capacity, then with it on. Called by
# `make bench ARGS=traffic`. Exit 1: a target is missed with priority on (CRITICAL answered >= 99.9 %, its p99 <= 2 x that of calm traffic,
# goodput >= 90 % of the capacity, everything answered again within 5 s after the surge).
# SECONDS_EACH=8 PORT=21180 BINARY=... may be set.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${SECONDS_EACH:-8} port=${PORT:-21180}
folder=$(mktemp -d)
binary=${BINARY:-}
if [ -z "$binary" ]; then
    swift build -c release --product control-room --quiet >&2
    binary="$(swift build -c release --product control-room --show-bin-path)/control-room"
fi
cc -O2 -D_GNU_SOURCE -o "$folder/load" Benchmarks/Scripts/load.c -lm

{
    echo "events:"
    for number in $(seq 8); do
        echo "  - {id: show-$number, title: Show $number, tier: low, zone: UTC, audience: {devices: 0}, stages: [{stage: pre-show, at: in 1s}, {stage: live, at: in 3s}, {stage: ending, at: on cue}, {stage: ended, at: ending + 5s}]}"
    done
} > "$folder/show.yaml"
{
    echo "recommendations:"
    for row in $(seq 6); do
        echo "  - row: Row $row"
        echo "    position: $row"
        echo "    titles:"
        for title in $(seq 12); do echo "      - {id: t-$row-$title, title: Title $row $title, synopsis: What happens in title $title of row $row, artwork: art/$row/$title.jpg}"; done
    done
} > "$folder/rows.yaml"
# The state of the show that everybody came for is CRITICAL. A benchmark leaves no head-room for a neighbour: soft and hard are high.
cat > "$folder/rules.yaml" << 'YAML'
limits: {soft: 92%, hard: 99%, concurrency: 32, least: 8, most: 64}
rules:
  - {class: browse, event: show-1, bucket: CRITICAL}
YAML

engine=
stop() { [ -z "$engine" ] || { kill "$engine" 2> /dev/null; wait "$engine" 2> /dev/null; } || true; engine=; }
trap 'stop; rm -rf "$folder"' EXIT
# start NAME TRAFFIC
start() {
    taskset -c 0 "$binary" serve "$folder/show.yaml" --recommendations rows.yaml --traffic "$2" --telemetry "$folder/$1.log" \
        --db "$folder/$1.db" --http "127.0.0.1:$port" --edge off > "$folder/$1.out" 2>&1 &
    engine=$!
    for _ in $(seq 50); do curl -sf "127.0.0.1:$port/readyz" > /dev/null && break; sleep 0.2; done
    sleep 5 # All shows are live.
}
run() { taskset -c 1 "$folder/load" "$port" show-1 "$@"; }
rate() { awk -v c="$capacity" -v x="$1" 'BEGIN { printf "%d", c * x }'; }

start off off
run "warm:0:3" > /dev/null
run "most:0:$seconds" > "$folder/most"
capacity=$(awk '$2 == "total" { print $7 }' "$folder/most")
phases=("calm:$(rate 0.3):$seconds" "surge2:$(rate 2):$seconds" "rest2:$(rate 0.5):$seconds" "surge5:$(rate 5):$seconds" "rest5:$(rate 0.5):$seconds")
run "${phases[@]}" > "$folder/off"
stop
start on "$folder/rules.yaml"
run "warm:$(rate 0.3):3" > /dev/null
run "${phases[@]}" > "$folder/on"
curl -s "127.0.0.1:$port/metrics" > "$folder/metrics" || true
stop

echo "One core for the server, 400 connections, $seconds s each. Capacity: $capacity answers/s of the mix. Patience of a client: 2 s."
echo "  calm is 0.3 x capacity, rest 0.5 x; answered in per cent of offered; p50 and p99 in ms from when the request was due"
for mode in off on; do
    echo "Priority $mode:"
    awk -v c="$capacity" -v s="$seconds" '
        $2 == "total" { printf "  %-7s goodput %5.0f/s = %3.0f%% of capacity, last refusal or failure %5.2f s after its begin\n", $1, $7, 100 * $7 / c, $8; next }
        { printf "  %-7s %-12s %6d offered  %6.2f%% answered  %6d refused  %6d failed  p50 %7.1f  p99 %7.1f\n", $1, $2, $3, $3 ? 100 * $4 / $3 : 100, $5, $6, $7, $8 }' "$folder/$mode"
done
awk -v c="$capacity" '
    $1 == "calm" && $2 == "critical" { base = $8 }
    $1 ~ /^surge/ && $2 == "critical" {
        if ($4 < 0.999 * $3) { print "  missed: " $1 " answers " 100 * $4 / $3 "% of CRITICAL"; bad = 1 }
        if ($8 > 2 * base) { print "  missed: " $1 " has CRITICAL p99 " $8 " ms, calm " base " ms"; bad = 1 }
    }
    $1 ~ /^surge/ && $2 == "total" && $7 < 0.9 * c { print "  missed: " $1 " has goodput " $7 "/s of " c; bad = 1 }
    $1 ~ /^rest/ && $2 == "total" && $8 > 5 { print "  missed: " $1 " still refuses after " $8 " s"; bad = 1 }
    END { if (!bad) print "  targets kept"; exit bad }' "$folder/on"
