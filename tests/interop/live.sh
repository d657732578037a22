#!/usr/bin/env bash
# live.sh: makes every capture anew from the stacks installed here and checks what tlswire says.
# Needs root (network namespaces) and pcaps/make/packages.txt.
set -euo pipefail
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
OUT=$dir pcaps/make/make.sh
python3 tests/golden/golden.py build/release/tlswire --live "$dir"
