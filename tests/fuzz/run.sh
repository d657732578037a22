#!/usr/bin/env bash
# run.sh SECONDS: every fuzz target for an equal share of the time, two at once. Crash inputs stay
# in build/asan/.
set -uo pipefail
cd "$(dirname "$0")/../.."
targets=(build/asan/tests/fuzz_*)
share=$((${1:-120} * 2 / ${#targets[@]}))
[ "$share" -ge 5 ] || share=5
one() {
    local target=$1 share=$2 name log
    name=$(basename "$target")
    log=$(mktemp)
    mkdir -p "build/asan/fuzz/$name"
    if "$target" -max_total_time="$share" -timeout=10 -rss_limit_mb=2048 -max_len=40000 \
        -artifact_prefix="build/asan/$name-" "build/asan/fuzz/$name" "tests/fuzz/corpus/$name" >"$log" 2>&1; then
        echo "  $name: $(grep -oE 'Done [0-9]+ runs' "$log" | tail -1) ok"
    else
        echo "  $name: FAILED"
        tail -30 "$log"
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}
export -f one
printf '%s\n' "${targets[@]}" | xargs -P 2 -I{} bash -c "one {} $share"
