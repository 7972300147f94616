#!/usr/bin/env bash
# Start a tool on several processes of MMEngine's 'pytorch' launcher: one for each GPU, or
# CPU processes where there is no GPU. dist_train.sh and dist_test.sh call it.
#
#   bash tools/launch.sh PROCESSES TOOL [arguments of the tool]
#
# PYTHON names the interpreter. On several machines call it on each, with NNODES,
# NODE_RANK, MASTER_ADDR and PORT set; alone, a free port is found.
set -euo pipefail
processes=$1 tool=$2
shift 2
where=(--standalone)
if [ "${NNODES:-1}" != 1 ]; then
  where=(--nnodes "$NNODES" --node_rank "${NODE_RANK:?says which of the NNODES machines this is, from 0}"
    --master_addr "${MASTER_ADDR:?is the address of machine 0}" --master_port "${PORT:-29500}")
fi
exec "${PYTHON:-python}" -m torch.distributed.run "${where[@]}" --nproc_per_node "$processes" \
  "$tool" "$@" --launcher pytorch
