# Sourced by run. An engine of one's own that goes with the script, however that ends: it runs in process and mount
# namespaces that the kernel takes down with it, keeps everything in one folder, and leaves the host's rules, links and
# sysctls alone. Where an engine answers already, that one is used.

# install TOOL... PACKAGE: has the system's package manager bring what is missing; root and apt-get only.
install() {
  local package=${*: -1}
  command -v "${@:1:$#-1}" >/dev/null && return
  [ "$(id -u)" -eq 0 ] && [ "${SIDETRACK_NO_INSTALL:-}" != 1 ] && command -v apt-get >/dev/null || return
  export DEBIAN_FRONTEND=noninteractive
  local apt=(apt-get -qq -o DPkg::Lock::Timeout=300)
  local brings=("${apt[@]}" install -y --no-install-recommends "$package")
  "${brings[@]}" >/dev/null 2>&1 || { "${apt[@]}" update && "${brings[@]}"; } >/dev/null 2>&1
}

# Sets DOCKER_HOST. Fails with one line on standard output saying why there is no engine.
start_engine() {
  docker version >/dev/null 2>&1 && return
  [ "$(id -u)" -eq 0 ] || { echo 'starting one takes root'; return 1; }
  # Where systemd runs, the package would start a daemon of its own, with a bridge and rules.
  [ -d /run/systemd/system ] || install dockerd docker.io || true
  command -v dockerd docker >/dev/null || { echo "there is no 'dockerd': apt-get install -y docker.io"; return 1; }
  engine=$(mktemp -d /tmp/engine.XXXXXX)
  setpriv --pdeathsig KILL unshare --mount --pid --fork --mount-proc --kill-child -- \
    dockerd --bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false \
    --data-root "$engine/data" --exec-root "$engine/exec" --pidfile "$engine/pid" --host "unix://$engine/sock" \
    >"$engine/log" 2>&1 &
  engine_pid=$!
  # The line is the daemon's last before it serves; tail(1) waits for it by inotify, and ends with the daemon.
  grep -q 'API listen on' < <(timeout 60 tail -n +1 -f --pid "$engine_pid" "$engine/log") ||
    { echo "dockerd does not start: $(tail -n 1 "$engine/log")"; return 1; }
  export DOCKER_HOST=unix://$engine/sock
}

stop_engine() {
  [ -n "${engine:-}" ] || return 0
  kill "$(cat "/proc/$engine_pid/task/$engine_pid/children")" 2>/dev/null
  timeout 30 tail -f --pid "$engine_pid" /dev/null || kill -KILL "$engine_pid"
  wait "$engine_pid" 2>/dev/null
  rm -rf "$engine"
}
