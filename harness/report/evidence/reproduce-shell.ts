/** How `reproduce.sh` begins: what it needs, namespaces of its own, and its few words. */
export const reproduceBegin = `
# Does the check again in namespaces of its own: nothing outside them is touched, and nothing is left.
# Run it as root, or as a user with ranges in /etc/subuid and /etc/subgid. Exit code: 0 the same verdict as was
# observed, 1 another one, 3 this machine cannot run it.
set -eu
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

need() {
  command -v "$1" >/dev/null && return
  echo "$0 needs $1 (on Debian and Ubuntu: apt-get install $2)" >&2
  exit 3
}
need unshare util-linux
need nsenter util-linux
need ip iproute2
need python3 python3

if [ "$#" != 2 ] || [ "$1" != inside ]; then
  # In two steps: a network namespace that is as old as its user namespace has files in /proc that only the machine's root may read.
  if [ "$(id -u)" = 0 ]; then user=''; else user='unshare --user --map-auto --map-root-user --'; fi
  # shellcheck disable=SC2086 # several words, or none
  $user unshare --net --mount --pid --fork -- true || exit 3
  # shellcheck disable=SC2086 # as above
  exec $user unshare --net --mount --pid --fork --kill-child --mount-proc -- sh "$0" inside "$(readlink /proc/self/ns/net)"
fi
if [ "$(readlink /proc/self/ns/net)" = "$2" ]; then
  echo "$0: still in the namespace of its caller" >&2
  exit 3
fi
# Whatever fails from here on, this machine cannot do.
code=3
trap 'exit "$code"' EXIT
mount -t tmpfs -o mode=0755 reproduce /run
mkdir /run/netns

# program NAME TOOL: the program of the backend, whatever it is called here
program() {
  if command -v "$1-$backend$2" >/dev/null; then
    echo "$1-$backend$2"
  elif "$1$2" -V 2>/dev/null | grep -q "$([ "$backend" = nft ] && echo nf_tables || echo legacy)"; then
    echo "$1$2"
  else
    echo "$0 needs $1-$backend$2 (on Debian and Ubuntu: apt-get install iptables)" >&2
    exit 3
  fi
}
at() {
  namespace=$1
  shift
  nsenter --net="/run/netns/$namespace" -- "$@"
}
# Sysctls are those of the namespace that whoever writes them is in.
cat >/run/set-sysctls <<'END'
while read -r name value; do
  case $name in net/bridge/*) [ -e "/proc/sys/$name" ] || continue ;; esac
  echo "$value" >"/proc/sys/$name"
done <"$1"
for range in '0 2147483647' '0 65535'; do
  if (echo "$range" >/proc/sys/net/ipv4/ping_group_range) 2>/dev/null; then break; fi
done
END
add_namespace() {
  ip netns add "$1"
  at "$1" sh /run/set-sysctls "$2"
  at "$1" ip link set lo up
}
`

/** How it ends: rules, flow, counters. */
export const reproduceEnd = `
restore4=$(program iptables -restore)
restore6=$(program ip6tables -restore)
"$restore4" </run/rules4
if grep -q ' -A ' /run/rules6; then "$restore6" </run/rules6; fi

python3 /run/flow.py /run/plan.json && code=0 || code=$?
echo
echo "the rules with what they have counted ($save, $backend):"
save=$(program "$save" -save)
"$save" -c || true
`
