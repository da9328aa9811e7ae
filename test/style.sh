#!/bin/sh
# npm run lint: eslint with the import law takes one core, the formatters another.
set -eu
cd "$(dirname "$0")/.."
npx eslint . &
eslint=$!
failed=0
npx prettier --check --log-level warn . || failed=1
git ls-files '*.cc' '*.h' | xargs clang-format-14 --dry-run -Werror || failed=1
wait $eslint || failed=1
exit $failed
