#!/usr/bin/env bash
# Train on several processes; launch.sh says what else can be set.
set -euo pipefail
if [ $# -lt 2 ]; then
  echo 'usage: bash tools/dist_train.sh CONFIG PROCESSES [arguments of tools/train.py]' >&2
  exit 2
fi
here=$(dirname "$0")
exec bash "$here/launch.sh" "$2" "$here/train.py" "$1" "${@:3}"
