#!/usr/bin/env bash
# Says where the action's own checkout is, and what its packages are kept under; for the actions setup and gate.
# The expression hashFiles() sees the caller's repository alone.
set -euo pipefail

folder=$(cd "$GITHUB_ACTION_PATH/../../.." && pwd)
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$folder/package.json")
lockfile=$(sha256sum "$folder/package-lock.json" | cut -c 1-16)
{
  echo "folder=$folder"
  echo "version=$version"
  echo "key=sidetrack-$version-$(uname -s)-$(uname -m)-$lockfile"
} >>"$GITHUB_OUTPUT"
