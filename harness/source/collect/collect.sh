#!/bin/sh
# Shows what decides where a pod's traffic goes: iptables rules of every backend, policy routing, routes, addresses, sysctls, listeners.
# It changes nothing and writes nothing to disk. Run it as root where the pod's network is, and keep what it prints:
#   sidetrack collect | nsenter -t PID -n sh > captured.txt
#   sidetrack collect | kubectl exec -i POD -c CONTAINER -- sh > captured.txt
# Then: sidetrack explain --rules file:captured.txt --uid 1000 --to 203.0.113.10:80

LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin
export PATH

have() { command -v "$1" >/dev/null 2>&1; }
say() { printf '## sidetrack %s\n' "$*"; }

# No program may take longer than this, or print more; nor may it read this script, which comes by standard input.
timed=
have timeout && timeout 5 true >/dev/null 2>&1 </dev/null && timed='timeout 30'
bound=cat
first=cat
have head && bound='head -c 4000000' && first='head -n 1'

# show PROGRAM ARGUMENT...: a section with what it prints.
show() {
  if ! have "$1"; then
    say "missing: $1"
    return 1
  fi
  output=$({ $timed "$@" 2>&1 </dev/null; echo "status $?"; } | $bound)
  case $output in
    *'status 0')
      say "section: $*"
      output=${output%status 0}
      printf '%s' "$output"
      ;;
    *'status '[0-9] | *'status '[0-9][0-9] | *'status '[0-9][0-9][0-9])
      output=${output%%
*}
      say "failed: $1: ${output%status *}"
      output=
      return 1
      ;;
    *)
      say "section: $*"
      printf '%s\n' "$output"
      say "cut: $*"
      ;;
  esac
}

# owners OPTION: the numbers that --uid-owner or --gid-owner names in what was printed last.
owners() {
  rest=$output
  count=0
  while [ "$count" -lt 200 ]; do
    case $rest in *"$1 "*) ;; *) break ;; esac
    rest=${rest#*"$1 "}
    id=${rest%%[!0-9]*}
    case " $ids " in *" $id "*) ;; *) ids="$ids $id" ;; esac
    count=$((count + 1))
  done
}

save() {
  show "$1" -c || return
  saved=yes
  case $output in *' --match-set '*) sets=yes ;; esac
  ids=$users && owners --uid-owner && users=$ids
  ids=$groups && owners --gid-owner && groups=$ids
}

# rules iptables|ip6tables LIST: LIST has the tables of the legacy kind that the kernel knows.
rules() {
  asked=
  for backend in nft legacy; do
    have "$1-$backend-save" && save "$1-$backend-save" && asked="$asked $backend"
  done
  case $asked in
    *nft*) ;;
    *legacy*) case $("$1-save" -V 2>/dev/null </dev/null) in *nf_tables*) save "$1-save" ;; esac ;;
    *) save "$1-save" ;;
  esac
  legacy=
  [ -r "$2" ] && while read -r name; do legacy="$legacy $name"; done <"$2"
  if [ -n "$legacy" ] && ! have "$1-legacy-save"; then
    case $("$1-save" -V 2>/dev/null </dev/null) in
      *legacy* | *v1.[0-7].* | '') ;;
      *) say "missing: $1-legacy-save: the kernel has tables of $1-legacy:$legacy" ;;
    esac
  fi
}

sysctls() {
  say 'section: sysctl -a'
  set -- /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ip_nonlocal_bind \
    /proc/sys/net/ipv4/fwmark_reflect /proc/sys/net/ipv4/tcp_fwmark_accept \
    /proc/sys/net/ipv4/conf/*/route_localnet /proc/sys/net/ipv4/conf/*/rp_filter /proc/sys/net/ipv4/conf/*/accept_local \
    /proc/sys/net/ipv4/conf/*/src_valid_mark /proc/sys/net/ipv4/conf/*/forwarding \
    /proc/sys/net/ipv6/conf/*/disable_ipv6 /proc/sys/net/ipv6/conf/*/forwarding
  if have grep; then
    grep -s . "$@" /dev/null </dev/null | $bound
    return
  fi
  for file; do
    # The kernel gives a value in one read, and a shell's own asks for one character at a time.
    [ -r "$file" ] && printf '%s:%s\n' "$file" "$(cat "$file")"
  done
}

# address HEX: as /proc/net shows it, in words of 32 bits that are numbers of the machine's.
address() {
  left=$1
  address=
  while [ -n "$left" ]; do
    rest=${left#????????}
    word=${left%"$rest"}
    left=$rest
    first=${word%??????}
    second=${word#??}
    second=${second%????}
    third=${word#????}
    third=${third%??}
    fourth=${word#??????}
    case $machine in
      s390*) ;;
      *)
        word=$fourth
        fourth=$first
        first=$word
        word=$third
        third=$second
        second=$word
        ;;
    esac
    address=$address${address:+:}$first$second:$third$fourth
  done
  case $1 in ????????) address=$((0x$first)).$((0x$second)).$((0x$third)).$((0x$fourth)) ;; esac
}

# sockets: who listens, in netstat's form, by the kernel's own tables.
sockets() {
  say 'section: sockets'
  machine=$(uname -m 2>/dev/null)
  for table in tcp tcp6 udp udp6; do
    [ -r "/proc/net/$table" ] || continue
    # A socket of TCP that listens is in state 0A, one of UDP without a connection in 07.
    if have grep; then grep ' 0[A7] ' "/proc/net/$table"; else cat "/proc/net/$table"; fi </dev/null |
      while read -r _ local _ state _ _ _ uid _ inode _; do
        case $table$state in
          tcp0A | tcp60A) state=LISTEN ;;
          udp07 | udp607) state= ;;
          *) continue ;;
        esac
        address "${local%:*}"
        printf '%s 0 0 %s:%s *:* %s %s %s\n' "$table" "$address" "$((0x${local#*:}))" "$state" "$uid" "$inode"
      done
  done
}

# account KIND FILE ID
account() {
  [ -r "$2" ] || return
  while IFS=: read -r name _ id _; do
    if [ "$id" = "$3" ]; then
      printf '%s %s %s\n' "$1" "$name" "$id"
      return
    fi
  done <"$2"
}

main() {
  saved= users= groups= sets=
  say 'collect 1'
  say 'section: versions'
  uname -sr 2>/dev/null
  for program in iptables ip6tables nft ip; do
    have "$program" && "$program" -V 2>/dev/null </dev/null | $first
  done
  rules iptables /proc/net/ip_tables_names
  rules ip6tables /proc/net/ip6_tables_names
  # Nothing else says what is in the sets that rules ask about.
  [ -n "$sets" ] && show ipset save
  show nft list ruleset
  if have ip; then
    show ip -4 rule show
    show ip -6 rule show
    show ip -4 route show table all
    show ip -6 route show table all
    show ip -o addr show
  else
    say 'missing: ip'
    have ifconfig && show ifconfig -a
  fi
  sysctls
  # Some builds of busybox have no -p.
  listening=-lntup
  have netstat && { netstat -lntup >/dev/null 2>&1 </dev/null || listening=-lntu; }
  if have ss; then
    show ss -lntupe
  elif have netstat; then
    show netstat "$listening"
  elif [ -r /proc/net/tcp ]; then
    sockets
  else
    say 'missing: ss'
  fi
  say 'section: accounts'
  for id in $users; do account u /etc/passwd "$id"; done
  for id in $groups; do account g /etc/group "$id"; done
  say end
  [ -n "$saved" ]
}
