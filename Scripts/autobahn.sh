#!/bin/bash
# The WebSocket conformance suite Autobahn against the devices' own pipeline: 301 cases, none of them with compression, since we
# never agree to any. Prints one line a group and fails if a case does.
#
# The suite runs on Python 2.7 alone, which Debian 12 does not have: Debian 11's packages are fetched and unpacked into
# a folder (nothing is installed), the suite itself comes from PyPI. Kept in .build/autobahn; the first run takes a minute.
#
#   Scripts/autobahn.sh ws://127.0.0.1:PORT/
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/.." && pwd)
HOME_OF_SUITE=${AUTOBAHN:-$ROOT/.build/autobahn}
MIRROR=http://deb.debian.org/debian/pool
PACKAGES="main/p/python2.7/python2.7_2.7.18-8+deb11u1_amd64.deb 0b0b34b069d41970af75a4fe5b9012465e480fc0a0488ec16554d6299fe0b46e
main/p/python2.7/python2.7-minimal_2.7.18-8+deb11u1_amd64.deb 44f0cdc1a343303d31c55fcb3a6402cfe326adf749ec30e375e6e0c0c5f7c1f7
main/p/python2.7/libpython2.7-minimal_2.7.18-8+deb11u1_amd64.deb 85833c92314011b89bbead6f9a5a7a360b5ee4f9b95e001225afead4ebf9f7d3
main/p/python2.7/libpython2.7-stdlib_2.7.18-8+deb11u1_amd64.deb 3e627d6d8992b853e000b8a4c09dda613fb767cdb711a2eac20ebc9f867b593c
main/o/openssl/libssl1.1_1.1.1w-0+deb11u1_amd64.deb aadf8b4b197335645b230c2839b4517aa444fd2e8f434e5438c48a18857988f7
main/libf/libffi/libffi7_3.3-6_amd64.deb 30ca89bfddae5fa6e0a2a044f22b6e50cd17c4bc6bc850c579819aeab7101f0f
main/p/python-pip/python-pip-whl_20.3.4-4+deb11u1_all.deb 4f489177a9ece2ea78c04a25115991a7a11f5adb75404888c5a84ac2a7f33ac4"

python2() { LD_LIBRARY_PATH=$HOME_OF_SUITE/usr/lib/x86_64-linux-gnu PYTHONHOME=$HOME_OF_SUITE/usr PYTHONPATH=$HOME_OF_SUITE/site "$HOME_OF_SUITE/usr/bin/python2.7" "$@"; }

fetch() {
    while read -r path sum; do
        file=$HOME_OF_SUITE/debs/$(basename "$path")
        [ -f "$file" ] || curl --fail --silent --show-error --max-time 120 -o "$file" "$MIRROR/$path"
        echo "$sum  $file" | sha256sum --check --quiet
        dpkg-deb --extract "$file" "$HOME_OF_SUITE"
    done <<< "$PACKAGES"
    pip=$(ls "$HOME_OF_SUITE"/usr/share/python-wheels/pip-*.whl)/pip
    get() { python2 "$pip" --disable-pip-version-check --no-python-version-warning install --quiet --no-compile --target "$HOME_OF_SUITE/site" "$@"; }
    get setuptools==44.0.0
    get Twisted==20.3.0 autobahn==0.10.9 txaio==2.1.0 zope.interface==4.6.0 six==1.16.0 attrs==19.3.0 pyOpenSSL==19.1.0 \
        cryptography==3.3.2 jinja2==2.11.3 markupsafe==1.1.1 klein==17.10.0 Werkzeug==1.0.1 service-identity==18.1.0 unittest2==1.1.0
    # Without its wish list, which cannot all be had here; what it needs stands above.
    get --no-deps autobahntestsuite==25.10.1
    touch "$HOME_OF_SUITE/site/zope/__init__.py" "$HOME_OF_SUITE/ready"
}
mkdir -p "$HOME_OF_SUITE/debs"
[ -f "$HOME_OF_SUITE/ready" ] || { echo "fetching Python 2.7 and Autobahn into $HOME_OF_SUITE" >&2; fetch >&2 2>"$HOME_OF_SUITE/fetch.log" || { tail -5 "$HOME_OF_SUITE/fetch.log" >&2; exit 1; }; }

REPORT=$(mktemp -d)
trap 'rm -rf "$REPORT"' EXIT
cat > "$REPORT/spec.json" <<SPEC
{"outdir": "$REPORT/out", "servers": [{"agent": "edge", "url": "$1"}], "exclude-agent-cases": {},
 "cases": ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.*", "10.*"], "exclude-cases": []}
SPEC
python2 -c 'import sys; sys.argv = ["wstest", "-m", "fuzzingclient", "-s", sys.argv[1]]
from autobahntestsuite import wstest; wstest.run()' "$REPORT/spec.json" > "$REPORT/log" 2>&1 || { tail -5 "$REPORT/log" >&2; exit 1; }
python3 - "$REPORT/out/index.json" <<'PYTHON'
import collections, json, sys
cases = json.load(open(sys.argv[1]))["edge"]
good = ("OK", "NON-STRICT", "INFORMATIONAL")
groups, failed = collections.OrderedDict(), []
for name in sorted(cases, key=lambda case: [int(part) for part in case.split(".")]):
    verdicts = cases[name]["behavior"], cases[name]["behaviorClose"]
    groups.setdefault(int(name.split(".")[0]), collections.Counter())[verdicts[0]] += 1
    if any(verdict not in good for verdict in verdicts): failed.append("%s %s, close %s" % ((name,) + verdicts))
for group, counts in groups.items(): print("group %-2d  %s" % (group, ", ".join("%d %s" % (n, v) for v, n in sorted(counts.items()))))
print("autobahn: %d cases, %d failed" % (len(cases), len(failed)))
for line in failed: print("FAILED", line)
sys.exit(0 if cases and len(cases) == 301 and not failed else 1)
PYTHON
