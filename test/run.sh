#!/bin/sh
# npm test: installs what the tests need, builds, checks style, and runs every test. Arguments are passed to node --test.
set -eu
cd "$(dirname "$0")/.."
sh test/install.sh
sh test/style.sh
npm run --silent requirements

failed=0
# What needs a processor and nothing else, and what waits for single processes, two files at a time; the longest ones first.
node --test --test-concurrency=2 --test-timeout=600000 "$@" \
  dist/test/native/*-sanitized.test.js dist/test/simulation/*.test.js dist/test/supervisor/*.test.js \
  dist/test/scripts/*.test.js dist/test/scripts/dns/*.test.js dist/test/ctl/*.test.js dist/test/config/*.test.js \
  dist/test/core/*.test.js dist/test/wire/*.test.js dist/test/oracle/*.test.js dist/test/control/*.test.js \
  dist/test/web/*.test.js dist/test/bench/*.test.js || failed=1
# One file at a time: the tests of one must not compete with those of another for two cores.
# shellcheck disable=SC2046 # a list of words
node --test --test-concurrency=1 --test-timeout=600000 "$@" \
  $(ls dist/test/native/*.test.js | grep -v sanitized) dist/test/network/*.test.js dist/test/systemd/*.test.js \
  dist/test/farm/*.test.js || failed=1
exit $failed
