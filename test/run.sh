#!/bin/sh
# npm test: installs what the tests need, builds, checks style, and runs every test. Arguments are passed to node --test.
set -eu
cd "$(dirname "$0")/.."
sh test/install.sh
npm run --silent lint
npm run --silent requirements
# One file at a time: the tests of one must not compete with those of another for two cores. What drives real daemons
# comes last.
exec node --test --test-concurrency=1 --test-timeout=300000 "$@" \
  dist/test/core/*.test.js dist/test/wire/*.test.js dist/test/config/*.test.js dist/test/oracle/*.test.js \
  dist/test/control/*.test.js dist/test/ctl/*.test.js dist/test/web/*.test.js dist/test/scripts/*.test.js dist/test/scripts/dns/*.test.js \
  dist/test/native/*.test.js dist/test/network/*.test.js dist/test/supervisor/*.test.js \
  dist/test/simulation/*.test.js dist/test/systemd/*.test.js dist/test/farm/*.test.js
