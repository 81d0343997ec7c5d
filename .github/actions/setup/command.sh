#!/usr/bin/env bash
# Puts the command `sidetrack` on the PATH of the job's next steps, and sees that this machine can run it.
set -euo pipefail

folder=$(cd "$GITHUB_ACTION_PATH/../../.." && pwd)
bin="${RUNNER_TEMP:?}/sidetrack-bin"
mkdir -p "$bin"
# By this step's Node: a later step may have another one, or, under sudo, none.
printf '#!/bin/sh\nexec "%s" "%s" sidetrack "$@"\n' "$(command -v node)" "$folder/harness/bin/entry.cjs" >"$bin/sidetrack"
chmod +x "$bin/sidetrack"
echo "$bin" >>"$GITHUB_PATH"
exec "$bin/sidetrack" doctor
