#!/bin/sh
# npm run farm [-- options]: installs, builds, raises the farm, breaks it, cleans up.
set -eu
cd "$(dirname "$0")/.."
sh test/install.sh
exec node dist/test/farm/main.js "$@"
