/**
 * What stands in for the program that Istio's init image starts with: it is given istio-iptables' own flags, and makes
 * rules of them in words of its own, each with a comment that tells whose it is.
 */
export const standIn = `#!/bin/sh
[ "$1" = istio-iptables ] || { echo "not istio-iptables: $1"; exit 64; }
shift
while [ $# -gt 1 ]; do
  case "$1" in
    -p) outbound=$2 ;; -z) inbound=$2 ;; -u) uid=$2 ;; -m) mode=$2 ;; -i) ranges=$2 ;; -x) spared=$2 ;;
    -b) ports=$2 ;; -d) exempt=$2 ;; -o) left=$2 ;;
    *) echo "no flag of the stand-in: $1"; exit 3 ;;
  esac
  shift 2
done
[ "$mode" = REDIRECT ] && [ "$ports" = '*' ] || { echo "the stand-in knows REDIRECT and every port alone"; exit 4; }
IFS=,
own() { iptables -t nat -A "$@" -m comment --comment stand-in || exit; }
iptables -t nat -N ISTIO_INBOUND && iptables -t nat -N ISTIO_OUTPUT || exit
own PREROUTING -p tcp -j ISTIO_INBOUND
for port in 15008 $exempt; do own ISTIO_INBOUND -p tcp --dport "$port" -j RETURN; done
own ISTIO_INBOUND -p tcp -j REDIRECT --to-ports "$inbound"
own OUTPUT -p tcp -j ISTIO_OUTPUT
for port in $left; do own ISTIO_OUTPUT -p tcp --dport "$port" -j RETURN; done
own ISTIO_OUTPUT -o lo -s 127.0.0.6/32 -j RETURN
for owner in uid gid; do
  own ISTIO_OUTPUT -o lo ! -d 127.0.0.1/32 -p tcp ! --dport 15008 -m owner --$owner-owner "$uid" -j REDIRECT --to-ports "$inbound"
  own ISTIO_OUTPUT -o lo -m owner ! --$owner-owner "$uid" -j RETURN
  own ISTIO_OUTPUT -m owner --$owner-owner "$uid" -j RETURN
done
own ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN
for range in $spared; do own ISTIO_OUTPUT -d "$range" -j RETURN; done
if [ "$ranges" = '*' ]; then own ISTIO_OUTPUT -p tcp -j REDIRECT --to-ports "$outbound"
else for range in $ranges; do own ISTIO_OUTPUT -p tcp -d "$range" -j REDIRECT --to-ports "$outbound"; done
fi`
