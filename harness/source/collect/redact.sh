
# redact: addresses become others, the same everywhere. Two that share the first N bits share them afterwards too, so that networks still
# hold their addresses; the last part (8 bits of IPv4, 16 of IPv6) stays. Loopback, link-local, multicast, documentation and private
# networks keep what makes them such. It is for readers: whoever knows some of the addresses can work out more.
redact() {
  awk -v salt="$1" '
function bits(number, width,   text) {
  for (text = ""; width > 0; width--) {
    text = (number % 2) text
    number = int(number / 2)
  }
  return text
}
function number(text,   i, sum) {
  sum = 0
  for (i = 1; i <= length(text); i++) sum = sum * 2 + substr(text, i, 1)
  return sum
}
function four(text,   parts, i, all) {
  if (split(text, parts, ".") != 4) return ""
  all = ""
  for (i = 1; i <= 4; i++) {
    if (parts[i] !~ /^[0-9]+$/ || parts[i] > 255) return ""
    all = all bits(parts[i], 8)
  }
  return all
}
function hex(text,   i, sum) {
  sum = 0
  for (i = 1; i <= length(text); i++) sum = sum * 16 + index("0123456789abcdef", tolower(substr(text, i, 1))) - 1
  return sum
}
function groups(text,   parts, count, i, all) {
  if (text == "") return ""
  count = split(text, parts, ":")
  all = ""
  for (i = 1; i <= count; i++) {
    if (parts[i] !~ /^[0-9a-fA-F]+$/ || length(parts[i]) > 4) return "bad"
    all = all bits(hex(parts[i]), 16)
  }
  return all
}
function six(text,   at, head, tail) {
  at = index(text, "::")
  head = groups(at ? substr(text, 1, at - 1) : text)
  tail = at ? groups(substr(text, at + 2)) : ""
  if (head == "bad" || tail == "bad") return ""
  if (!at) return length(head) == 128 ? head : ""
  if (length(head) + length(tail) > 112) return ""
  return head substr(zeros, 1, 128 - length(head) - length(tail)) tail
}
function known(kind, prefix, isWhole,   i) {
  for (i = 0; i < length(prefix); i++) above[kind substr(prefix, 1, i)] = 1
  if (isWhole) whole[kind prefix] = 1
}
function isKept(kind, all,   i) {
  for (i = 1; i <= length(all); i++) if ((kind substr(all, 1, i)) in whole) return 1
  return 0
}
function flips(kind, prefix,   h, i) {
  if ((kind prefix) in above) return 0
  if ((kind prefix) in drawn) return drawn[kind prefix]
  h = (salt + kind * 7919) % 2147483647
  for (i = 1; i <= length(prefix); i++) h = (h * 48271 + substr(prefix, i, 1) * 12345 + i * 97 + 11) % 2147483647
  h = (h * 16807 + 40503) % 2147483647
  h = (h * 48271) % 2147483647
  return drawn[kind prefix] = int(h / 4096) % 2
}
function other(kind, all, tail,   i, made, n) {
  if (isKept(kind, all)) return all
  n = length(all) - tail
  made = ""
  for (i = 1; i <= n; i++) made = made (flips(kind, substr(all, 1, i - 1)) ? 1 - substr(all, i, 1) : substr(all, i, 1))
  return made substr(all, n + 1)
}
function masked(all, made, prefix,   rest) {
  if (prefix == "" || prefix >= length(all)) return made
  rest = substr(all, prefix + 1)
  return rest ~ /1/ ? made : substr(made, 1, prefix) substr(zeros, 1, length(rest))
}
function dotted(all) {
  return number(substr(all, 1, 8)) "." number(substr(all, 9, 8)) "." number(substr(all, 17, 8)) "." number(substr(all, 25, 8))
}
function coloned(all,   i, part, text, run, best, from, start) {
  best = 0
  run = 0
  for (i = 1; i <= 8; i++) {
    part[i] = sprintf("%x", number(substr(all, i * 16 - 15, 16)))
    run = part[i] == "0" ? run + 1 : 0
    if (run > best) {
      best = run
      from = i - run + 1
    }
  }
  if (best < 2) from = 99
  text = ""
  for (i = 1; i <= 8; i++) {
    if (i == from) {
      text = text "::"
      i += best - 1
    } else text = text (text == "" || text ~ /::$/ ? "" : ":") part[i]
  }
  return text
}
function hardware(text) {
  if (!(text in cards)) cards[text] = sprintf("02:00:00:00:%02x:%02x", int(++seen / 256) % 256, seen % 256)
  return cards[text]
}
# One address as it is written, and the length of its network if that stands behind it.
function changed(text, prefix,   all, key) {
  key = text "/" prefix
  if (key in cache) return cache[key]
  if (text ~ /:/) {
    all = six(text)
    if (all != "") all = coloned(masked(all, other(6, all, 16), prefix))
    else if (text ~ /^[0-9a-fA-F][0-9a-fA-F](:[0-9a-fA-F][0-9a-fA-F]){5}$/ || text ~ /^..:..:..:..:..:..$/) all = hardware(text)
  } else {
    all = four(text)
    if (all != "") all = dotted(masked(all, other(4, all, 8), prefix))
  }
  return cache[key] = all == "" ? text : all
}
function line(text,   made, found, before, prefix, rest, dashed) {
  made = ""
  before = ""
  dashed = ""
  while (match(text, /[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+|[0-9a-fA-F]*:[0-9a-fA-F:]*:[0-9a-fA-F]*/)) {
    found = substr(text, RSTART, RLENGTH)
    made = made substr(text, 1, RSTART - 1)
    if (RSTART > 1) before = substr(text, RSTART - 1, 1)
    rest = substr(text, RSTART + RLENGTH)
    prefix = ""
    if (match(rest, /^\/[0-9]+/) && substr(rest, RLENGTH + 1, 1) != ".") prefix = substr(rest, 2, RLENGTH - 1)
    if (found ~ /^:::/ || before ~ /[A-Za-z0-9_.]/ || rest ~ /^[A-Za-z0-9_]/ || rest ~ /^\.[0-9]/) made = made found
    else {
      if (found ~ /\./ && RSTART && before == "-" && dashed != "" && networkOf(dashed) != networkOf(found)) ranges++
      dashed = rest ~ /^-[0-9]/ ? found : ""
      made = made changed(found, prefix)
    }
    before = substr(found, length(found), 1)
    text = rest
  }
  return made text
}
function networkOf(text) {
  sub(/\.[0-9]+$/, "", text)
  return text
}
BEGIN {
  zeros = bits(0, 128)
  count = split("0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 224.0.0.0/3 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24", list, " ")
  for (i = 1; i <= count; i++) { split(list[i], own, "/"); known(4, substr(four(own[1]), 1, own[2]), 1) }
  count = split("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10", list, " ")
  for (i = 1; i <= count; i++) { split(list[i], own, "/"); known(4, substr(four(own[1]), 1, own[2]), 0) }
  count = split("::/64 ff00::/8 2001:db8::/32 64:ff9b::/96", list, " ")
  for (i = 1; i <= count; i++) { split(list[i], own, "/"); known(6, substr(six(own[1]), 1, own[2]), 1) }
  count = split("fe80::/64 fd00::/8 fc00::/8 2000::/3", list, " ")
  for (i = 1; i <= count; i++) { split(list[i], own, "/"); known(6, substr(six(own[1]), 1, own[2]), 0) }
}
/^## sidetrack section: / { isVersions = $0 ~ /: versions$/ }
/^## sidetrack end/ {
  if (ranges) print "## sidetrack cut: redaction, since " ranges " ranges of addresses reach beyond one network of 256,"
  print "## sidetrack redacted"
}
isVersions { print; next }
/^(tcp|udp)6? / && $4 ~ /:[0-9*]+$/ && $4 ~ /^[0-9a-fA-F]*:.*:.*:/ && $4 !~ /^:::/ {
  port = $4
  sub(/.*:/, "", port)
  address = substr($4, 1, length($4) - length(port) - 1)
  at = index($0, $4)
  print substr($0, 1, at - 1) changed(address, "") ":" port substr($0, at + length($4))
  next
}
{ print line($0) }
'
}

redacted() {
  if ! have awk; then
    echo 'sidetrack collect: awk is not there, which --redact needs, so nothing is shown' >&2
    exit 1
  fi
  salt=$(od -An -N4 -tu4 /dev/urandom 2>/dev/null | tr -dc 0-9)
  main | redact "${salt:-$$}"
}
