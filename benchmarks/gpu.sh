#!/bin/sh
# What a GPU makes of SASRec, in ten minutes at most. Lines of JSON on the screen, and in $1.
#
#     benchmarks/gpu.sh gpu.jsonl
#
# Needs an environment with PyTorch for the GPU and with what pyproject.toml names; PYTHON says
# which Python, `python` if it doesn't.
set -eu
cd "$(dirname "$0")/.."
out="${1:-gpu.jsonl}"
status=0
timeout 570 "${PYTHON:-python}" -m benchmarks.gpu --out "$out" || status=$?
if [ "$status" = 124 ]; then
    echo "Ten minutes are over: $out holds what was measured." >&2
    status=0
fi
exit "$status"
