#!/bin/sh
# Builds the leaf code of native/heartbeat with sanitizers and runs it: its unit tests (under the address and undefined
# behaviour sanitizers, or the thread sanitizer), or the fuzzer of frames and of control's packets.
# Usage: heartbeat-sanitized.sh DIRECTORY (tests | threads | fuzz RUNS). DIRECTORY takes what is built.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../../native/heartbeat" && pwd)
build=$1
what=$2

optimize=-O1
sources=$(ls "$source"/*.cc | grep -v -e _binding.cc -e _fuzz.cc)
case $what in
  tests) sanitize=address,undefined ;;
  threads) sanitize=thread ;;
  fuzz)
    # Only what the fuzzer reaches, and fast: its runs are what takes the time.
    sanitize=fuzzer,address,undefined
    optimize=-O2
    sources=$(cd "$source" && ls "$PWD"/frame.cc "$PWD"/frame_fuzz.cc "$PWD"/group.cc "$PWD"/heard.cc \
      "$PWD"/host_table.cc "$PWD"/key_ring.cc "$PWD"/link_messages.cc)
    ;;
esac

compile="clang++-14 -std=gnu++20 -g $optimize -fno-omit-frame-pointer -fno-rtti -Wall -Wextra -Werror
  -fsanitize=$sanitize -fno-sanitize-recover=all"
cd "$build"
# shellcheck disable=SC2086 # lists of words
printf '%s\n' $sources | xargs -P 2 -n 3 $compile -c
# shellcheck disable=SC2086
$compile ./*.o -o "$what" -lcrypto

if [ "$what" = fuzz ]; then
  exec ./fuzz -runs="$3" -seed=1 -max_len=1500 -print_final_stats=1 -artifact_prefix="$build/"
fi
exec "./$what" "$here/../wire/frame-vectors.txt"
