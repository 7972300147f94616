#!/usr/bin/env bash
# Train on the GPUs of a Slurm cluster, one process for each.
#
# GPUS_PER_NODE (8) and CPUS_PER_TASK (5) describe a machine, SRUN_ARGS goes to srun,
# PYTHON names the interpreter.
set -euo pipefail
if [ $# -lt 4 ]; then
  echo 'usage: bash tools/slurm_train.sh PARTITION JOB_NAME CONFIG GPUS [arguments of tools/train.py]' >&2
  exit 2
fi
partition=$1 job=$2 config=$3 gpus=$4
shift 4
per_node=${GPUS_PER_NODE:-8}
if [ "$gpus" -lt "$per_node" ]; then per_node=$gpus; fi
# SRUN_ARGS is not quoted: it may hold several arguments.
exec srun --partition="$partition" --job-name="$job" --ntasks="$gpus" \
  --ntasks-per-node="$per_node" --gres="gpu:$per_node" --cpus-per-task="${CPUS_PER_TASK:-5}" \
  --kill-on-bad-exit=1 ${SRUN_ARGS:-} \
  "${PYTHON:-python}" -u "$(dirname "$0")/train.py" "$config" --launcher slurm "$@"
