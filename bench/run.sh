#!/bin/sh
# npm run bench [-- options]: installs raisd's peers from Debian, builds, measures, cleans up. The peers' own services are not
# started on this machine by being installed: the bench runs them in its namespaces.
set -eu
cd "$(dirname "$0")/.."

policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  sh test/install.sh bench/packages.txt
  rm -f "$policy"
else
  sh test/install.sh bench/packages.txt
fi
exec node dist/bench/main.js "$@"
