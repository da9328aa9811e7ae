#!/bin/sh
# Brings a fresh Debian machine to where the tests and the farm run: packages, npm ci, build. Says what it does, and
# does only what is missing. Arguments: files with more packages.
set -eu
cd "$(dirname "$0")/.."

packages=$(grep -hv '^#' test/packages.txt "$@")
missing=''
for package in $packages; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
  echo "installing Debian packages:$missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086 # a list of words
  apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

# node-gyp builds with all processors, within npm ci as well.
export JOBS=max

if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo 'installing npm packages'
  npm ci --no-audit --no-fund --loglevel=error
fi

echo 'building'
npm run --silent build >build.log 2>&1 || { cat build.log; exit 1; }
rm -f build.log
