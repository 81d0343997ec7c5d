#!/usr/bin/env bash
# Has the runner let jobs make namespaces and load legacy tables; for the actions setup and gate.
set -euo pipefail

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

# Legacy tables cannot load their modules from inside a namespace. In a job container there is no modprobe: the kernel is
# the runner's, which has them, or has not.
if command -v modprobe >/dev/null; then
  as_root modprobe -a ip_tables ip6_tables iptable_nat ip6table_nat iptable_filter ip6table_filter \
    iptable_mangle ip6table_mangle iptable_raw ip6table_raw ||
    echo '::warning title=Sidetrack::legacy tables cannot be loaded here; use the nft backend alone'
fi

# Ubuntu 24.04 gives an ordinary user no capabilities in a user namespace (AppArmor).
restriction=kernel.apparmor_restrict_unprivileged_userns
if [ "$(sysctl -n "$restriction" 2>/dev/null || echo 0)" != 0 ]; then as_root sysctl -q -w "$restriction=0"; fi
