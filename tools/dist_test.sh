#!/usr/bin/env bash
# Evaluate on several processes; launch.sh says what else can be set.
set -euo pipefail
if [ $# -lt 3 ]; then
  echo 'usage: bash tools/dist_test.sh CONFIG CHECKPOINT PROCESSES [arguments of tools/test.py]' >&2
  exit 2
fi
here=$(dirname "$0")
exec bash "$here/launch.sh" "$3" "$here/test.py" "$1" "$2" "${@:4}"
