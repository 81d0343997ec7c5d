#!/usr/bin/env bash
# Gates a rule builder in a GitHub job: what the inputs say stands in SIDETRACK_*, never in this text.
set -euo pipefail

sidetrack=$(cd "$SIDETRACK_ACTION/../../.." && pwd)
report="${RUNNER_TEMP:?}/sidetrack-gate"
mkdir -p "$report"

baseline=$SIDETRACK_BASELINE
if [ -z "$baseline" ]; then
  base=${SIDETRACK_BASE:-HEAD^}
  # A checkout holds one commit alone, unless it is told otherwise.
  if ! git -C "$GITHUB_WORKSPACE" rev-parse --verify --quiet "$base^{commit}" >/dev/null; then
    git -C "$GITHUB_WORKSPACE" fetch --quiet --depth=2 origin "${SIDETRACK_BASE:-$GITHUB_SHA}"
  fi
  baseline="git:$base"
fi

options=(--baseline "$baseline" --candidate "$SIDETRACK_CANDIDATE" --mesh "$SIDETRACK_MESH")
options+=(--iptables "$SIDETRACK_BACKENDS" --fail-on "$SIDETRACK_FAIL_ON")
if [ -n "$SIDETRACK_CONFIGS" ]; then options+=(--configs "$SIDETRACK_CONFIGS"); fi
if [ -n "$SIDETRACK_FAMILIES" ]; then options+=(--family "$SIDETRACK_FAMILIES"); fi
if [ -n "$SIDETRACK_APPROVALS" ]; then options+=(--approvals "$SIDETRACK_APPROVALS"); fi
options+=(--reporter pretty --reporter github)
options+=(--reporter "json=$report/gate.json" --reporter "sarif=$report/gate.sarif" --reporter "html=$report/gate.html")

# npm leaves the caller's directory in INIT_CWD: relative paths and the builder start there.
code=0
sudo --preserve-env=GITHUB_WORKSPACE,GITHUB_STEP_SUMMARY env "PATH=$PATH" "HOME=$HOME" "INIT_CWD=$GITHUB_WORKSPACE" \
  node "$sidetrack/harness/bin/entry.cjs" sidetrack gate "${options[@]}" || code=$?

count() { node -e 'const { summary } = JSON.parse(require("fs").readFileSync(process.argv[1])); console.log(summary[process.argv[2]])' "$report/gate.json" "$1"; }
{
  if [ -e "$report/gate.json" ]; then
    echo "changed=$(count changes)"
    echo "approved=$(count approved)"
  fi
  echo "failed=$([ "$code" = 0 ] && echo false || echo true)"
  echo "report=$report"
} >>"$GITHUB_OUTPUT"
exit "$code"
