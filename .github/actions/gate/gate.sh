#!/usr/bin/env bash
# Gates a rule builder in a GitHub job: what the inputs say stands in SIDETRACK_*, never in this text.
set -euo pipefail

# As GitHub's own actions read inputs: what a block of YAML leaves around one is none of it.
for name in CANDIDATE BASELINE BASE MESH CONFIGS BACKENDS FAMILIES APPROVALS FAIL_ON; do
  declare -n input="SIDETRACK_$name"
  input=${input#"${input%%[![:space:]]*}"}
  input=${input%"${input##*[![:space:]]}"}
done
unset -n input

sidetrack=$(cd "$GITHUB_ACTION_PATH/../../.." && pwd)
report="${RUNNER_TEMP:?}/sidetrack-gate"
errors="${RUNNER_TEMP:?}/sidetrack-gate-errors"
# What another gate of this job has left says nothing of this one.
rm -rf "$report"
mkdir -p "$report"

count() { node -e 'const { summary } = JSON.parse(require("fs").readFileSync(process.argv[1])); console.log(summary[process.argv[2]])' "$report/gate.json" "$1"; }
# How many lines of what is wrong with a call are in the annotation; the log has them all.
most=20
# Whatever the end is, the outputs say it, and why there is no report an annotation.
end() {
  local code=$? why
  if [ "$code" -ge 2 ] && why=$(grep -m "$most" '^sidetrack: ' "$errors" 2>/dev/null | sed 's/^sidetrack: //'); then
    why=${why//'%'/%25} why=${why//$'\r'/%0D}
    echo "::error title=Sidetrack gate::${why//$'\n'/%0A}"
  fi
  {
    if [ -e "$report/gate.json" ]; then
      echo "changed=$(count changes)"
      echo "approved=$(count approved)"
    fi
    echo "failed=$([ "$code" = 0 ] && echo false || echo true)"
    echo "report=$report"
  } >>"$GITHUB_OUTPUT"
}
trap end EXIT

# In a job container the checkout belongs to another user.
in_checkout() { git -C "$GITHUB_WORKSPACE" -c "safe.directory=$GITHUB_WORKSPACE" "$@"; }
has() { in_checkout rev-parse --verify --quiet "$1^{commit}" >/dev/null; }

# What a pull request is merged into is the first parent of its merge, which the job has checked out unless it asked for
# another commit: by then the branch may be further on than the base that the event names.
baseline=$SIDETRACK_BASELINE
if [ -z "$baseline" ]; then
  head=$(in_checkout rev-parse HEAD)
  if [ -n "$SIDETRACK_BASE" ] && [ "$head" != "$GITHUB_SHA" ]; then
    base=$SIDETRACK_BASE commit=$SIDETRACK_BASE
  else
    base=HEAD^ commit=$head
  fi
  # A checkout holds one commit alone, unless it is told otherwise.
  if ! has "$base" && ! { in_checkout fetch --quiet --no-tags --depth=2 origin "$commit" && has "$base"; }; then
    echo "::error title=Sidetrack gate::the commit to compare with ($base) is not here and cannot be fetched; check out with fetch-depth: 0, or name a baseline"
    exit 2
  fi
  baseline="git:$base"
fi

options=(--baseline "$baseline" --candidate "$SIDETRACK_CANDIDATE" --mesh "$SIDETRACK_MESH")
# An expression may come to nothing, in place of what stands in action.yml.
options+=(--iptables "${SIDETRACK_BACKENDS:-all}" --fail-on "${SIDETRACK_FAIL_ON:-any}")
if [ -n "$SIDETRACK_CONFIGS" ]; then options+=(--configs "$SIDETRACK_CONFIGS"); fi
if [ -n "$SIDETRACK_FAMILIES" ]; then options+=(--family "$SIDETRACK_FAMILIES"); fi
if [ -n "$SIDETRACK_APPROVALS" ]; then options+=(--approvals "$SIDETRACK_APPROVALS"); fi
options+=(--reporter pretty --reporter github)
options+=(--reporter "json=$report/gate.json" --reporter "sarif=$report/gate.sarif" --reporter "html=$report/gate.html")

# npm leaves the caller's directory in INIT_CWD: relative paths and the builder start there.
run=(env "PATH=$PATH" "HOME=$HOME" "INIT_CWD=$GITHUB_WORKSPACE" node "$sidetrack/harness/bin/entry.cjs" sidetrack gate)
if [ "$(id -u)" -ne 0 ]; then run=(sudo "--preserve-env=GITHUB_WORKSPACE,GITHUB_STEP_SUMMARY" "${run[@]}"); fi
# What it complains of goes to the log, and is kept for the annotation.
{ "${run[@]}" "${options[@]}" 2>&1 >&3 | tee "$errors" >&2; } 3>&1
