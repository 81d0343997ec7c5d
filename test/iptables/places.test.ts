import t from 'tap'
import { asHarnessError } from '../../harness/core/errors.ts'
import { loadRules } from '../../harness/iptables/ruleset/load.ts'
import { readRules } from '../../harness/iptables/texts/read.ts'

const podIPs = ['10.244.0.5', 'fd00:10::5']

/** What is wrong with a text, whoever says so: reading it, or loading what was read. */
function complaint(text: string): string | undefined {
  try {
    const rules = readRules(text, { family: 'ipv4', podIPs })
    return loadRules(rules === undefined ? [] : [rules], 'ipv4').failed?.message
  } catch (thrown) {
    return asHarnessError(thrown).message
  }
}

/** Marks the place with `@`, which is taken out: the message has to name it. */
function isPlaced(marked: string, what: RegExp): void {
  const before = marked.slice(0, marked.indexOf('@'))
  const place = `line ${before.split('\n').length}, column ${before.length - before.lastIndexOf('\n')}: `
  const said = complaint(marked.replace('@', ''))
  t.equal(said?.slice(0, place.length), place, JSON.stringify(marked))
  t.match(said, what, JSON.stringify(marked))
}

const noChain = /has no chain NONE/
const noOption = /no option --strange/

isPlaced('iptables -A @NONE -j ACCEPT', noChain)
isPlaced('# notes\n\n  /sbin/iptables  -t nat   -A @NONE', noChain)
isPlaced('iptables -N A && iptables -A A \\\n    -j @NONE', noChain)
isPlaced('iptables -N A; iptables -A A -m comment --comment "two\nlines" -j @NONE', noChain)
isPlaced('iptables -N A\n\tiptables -A A -d $POD_IP -j @NONE', noChain)
isPlaced('iptables -A OUTPUT @--strange', noOption)
isPlaced('ip6tables -N A\niptables -A OUTPUT -p tcp --dport=@x:y:z', /'x:y:z' is no port/)
isPlaced("iptables -A OUTPUT -m comment --comment 'a b' -d @1.2.3.4.5", /is no IPv4 address/)

isPlaced('*nat\n-A @NONE\nCOMMIT\n', noChain)
isPlaced('\n\n# a\n*nat\n\n[1:2] -A OUTPUT @--strange\nCOMMIT\n', noOption)
isPlaced('*nat\n:@REDIRECT - [0:0]\nCOMMIT\n', /it is a target's/)
isPlaced('*@foo\nCOMMIT\n', /there is no table 'foo'/)
isPlaced('*nat\n@foo\nCOMMIT\n', /cannot be part/)
isPlaced('*nat\n-A OUTPUT -m comment --comment "a b" -j @NONE\nCOMMIT\n', noChain)
isPlaced('*nat\n-A OUTPUT -d $POD_IP -j @NONE\nCOMMIT\n', noChain)
isPlaced('*nat\n-A OUTPUT -s ${POD_IP} -d $POD_IP @--strange\nCOMMIT\n', noOption)
isPlaced('*nat\n-A OUTPUT -d $POD_IP/@99 -j RETURN\nCOMMIT\n', /'99' is no prefix length/)
isPlaced('*nat\n-A OUTPUT -d @$POD_IP.9 -j RETURN\nCOMMIT\n', /'10.244.0.5.9' is no IPv4 address/)
isPlaced('*nat\n-A OUTPUT -d 1.2.3.4/@99 -j RETURN\nCOMMIT\n', /'99' is no prefix length/)

const hereDocument = (indent: string, line: string) =>
  `${indent}#!/bin/sh\n${indent}# a\n\n${indent}iptables-restore --noflush <<EOF\n${indent}*nat\n${indent}${line}\n${indent}COMMIT\n${indent}EOF\n`
for (const indent of ['', '    ', '\t']) {
  isPlaced(hereDocument(indent, '-A @NONE'), noChain)
  isPlaced(hereDocument(indent, '-A OUTPUT -d $POD_IP @--strange'), noOption)
  isPlaced(hereDocument(indent, '@foo'), /cannot be part/)
  isPlaced(hereDocument(indent, '-A OUTPUT -d @$HOST'), /'\$' is not read/)
}
isPlaced("iptables-restore <<-'EOF'\n\t*nat\n\t\t-A @NONE\n\tCOMMIT\nEOF\n", noChain)
isPlaced('iptables-restore <<EOF\n*nat\nCOMMIT\nEOF\n  @id\n', /may hold nothing else/)

const pod = (...lines: readonly string[]) =>
  `Name: x\nInit Containers:\n  init:\n    Args:\n      -c\n${lines.map((line) => `      ${line}\n`).join('')}    State: y\nContainers:\n  a:\n`
isPlaced(pod('iptables -N A && iptables -A @NONE'), noChain)
isPlaced(pod('iptables-restore <<EOF', '*nat', '-A OUTPUT -p tcp -j REDIRECT @--strange 1', 'COMMIT', 'EOF'), noOption)
isPlaced(pod('iptables-restore <<EOF', '*nat', '-A @NONE', 'COMMIT', 'EOF'), noChain)
isPlaced(`  ${pod('iptables -A @NONE').replaceAll('\n', '\n  ')}`, noChain)
