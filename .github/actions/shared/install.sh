#!/usr/bin/env bash
# Installs Sidetrack's packages into the action's own checkout, as its lockfile has them, unless the cache has brought
# them; for the actions setup and gate.
set -euo pipefail

command -v node >/dev/null || {
  echo '::error title=Sidetrack::there is no node here: use actions/setup-node before'
  exit 3
}
exec node "$GITHUB_ACTION_PATH/../../../harness/bin/entry.cjs" sidetrack --version
