#!/bin/sh
# npm test: installs what the tests need, builds, checks style, and runs every test. Arguments are passed to node --test.
set -eu
cd "$(dirname "$0")/.."
sh test/install.sh
npm run --silent lint
npm run --silent requirements
# One file at a time: the farm's probes must not compete with other tests for two cores.
exec node --test --test-concurrency=1 --test-timeout=300000 "$@" 'dist/test/**/*.test.js'
