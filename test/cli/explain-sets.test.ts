import { join } from 'node:path'
import t from 'tap'
import { resident } from './resident.ts'

const nat = (...rules: readonly string[]): string => `*nat\n${rules.join('\n')}\nCOMMIT\n`
const filter = (...rules: readonly string[]): string => `*filter\n${rules.join('\n')}\nCOMMIT\n`

/** Texts of the kinds that people have, a flow, and what line 1 says of it. */
const cases: readonly (readonly [what: string, text: string, flow: string, verdict: RegExp])[] = [
  ...(
    [
      ['203.0.113.7:80', /^Verdict: dropped, by nat PROBES rule 1$/],
      ['203.0.113.8:80', /^Verdict: direct, answered by the peer, no rule decides$/],
    ] as const
  ).map(
    ([flow, verdict]) =>
      [
        "a node's probes in Istio's ambient mode",
        `${nat(
          ':PROBES - [0:0]',
          '-A POSTROUTING -j PROBES',
          '-A PROBES -p tcp -m owner --socket-exists -m set --match-set probes-v4 dst -j SNAT --to-source 169.254.7.127',
        )}create probes-v4 hash:ip family inet comment\nadd probes-v4 203.0.113.7 comment "pod 1"\n`,
        flow,
        verdict,
      ] as const,
  ),
  ...(
    [
      ['10.96.0.1:443', /^Verdict: direct/],
      ['10.96.0.1:80', /^Verdict: redirected to the proxy's outbound listener/],
    ] as const
  ).map(
    ([flow, verdict]) =>
      [
        "kube-proxy's services in mode ipvs",
        `${nat(
          '-A OUTPUT -m owner --uid-owner 1337 -j RETURN',
          '-A OUTPUT -m set --match-set CLUSTER-IP dst,dst -j ACCEPT',
          '-A OUTPUT -p tcp -j REDIRECT --to-ports 15001',
        )}Name: CLUSTER-IP\nType: hash:ip,port\nHeader: family inet hashsize 1024 maxelem 65536\nMembers:\n10.96.0.1,tcp:443\n`,
        flow,
        verdict,
      ] as const,
  ),
  ...(
    [
      ['192.0.2.9:80', /^Verdict: dropped, by filter OUTPUT rule 1$/],
      ['192.0.2.200:80', /^Verdict: direct/],
      ['198.51.100.1:80', /^Verdict: direct/],
    ] as const
  ).map(
    ([flow, verdict]) =>
      [
        "Calico's networks, one of them left out",
        `${filter('-A OUTPUT -m set --match-set cali40s:x dst -m comment --comment "policy" -j DROP')}create cali40s:x hash:net family inet\nadd cali40s:x 192.0.2.0/24\nadd cali40s:x 192.0.2.128/25 nomatch\n`,
        flow,
        verdict,
      ] as const,
  ),
  ...(
    [
      ['203.0.113.5:80', /^Verdict: dropped, by filter OUTPUT rule 1$/],
      ['203.0.113.6:80', /^Verdict: direct/],
    ] as const
  ).map(
    ([flow, verdict]) =>
      [
        "Weave's sets in a set",
        `${filter('-A OUTPUT -m set --match-set weave-all dst -j DROP')}create weave-a hash:ip\ncreate weave-all list:set size 8\nadd weave-all weave-a\nadd weave-a 203.0.113.5\n`,
        flow,
        verdict,
      ] as const,
  ),
  [
    'a set of which the text says nothing',
    filter('-A OUTPUT -m set --match-set gone dst -j DROP'),
    '203.0.113.5:80',
    /^Verdict: unknown, since rule 1 of chain OUTPUT asks for --match-set gone dst: the members of set gone are not in the text/,
  ],
  [
    'a set that rules add to',
    `${filter('-A INPUT -j SET --add-set seen src', '-A OUTPUT -m set --match-set seen dst -j DROP')}create seen hash:ip\n`,
    '203.0.113.5:80',
    /^Verdict: unknown, since rule 1 of chain OUTPUT asks for --match-set seen dst: rules change set seen/,
  ],
  [
    'a member of it that nothing takes away',
    `${filter('-A INPUT -j SET --add-set seen src', '-A OUTPUT -m set --match-set seen dst -j DROP')}create seen hash:ip\nadd seen 203.0.113.5\n`,
    '203.0.113.5:80',
    /^Verdict: dropped, by filter OUTPUT rule 1$/,
  ],
  [
    'a target that takes the mark from a set',
    filter('-A OUTPUT -j SET --map-set marks dst --map-mark'),
    '203.0.113.5:80',
    /^Verdict: unknown, since rule 1 of chain OUTPUT has the target SET/,
  ],
]

t.test('what sets hold decides', async (t) => {
  const folder = t.testdir(Object.fromEntries(cases.map(([, text], index) => [`${index}.txt`, text])))
  for (const [index, [what, , to, verdict]] of cases.entries()) {
    const rules = `file:${join(folder, `${index}.txt`)}`
    const { stdout, stderr } = resident(['explain', '--rules', rules, '--mesh', 'istio', '--uid', '1000', '--to', to])
    t.match(stdout.split('\n')[0], verdict, `${what}: ${to} ${stderr}`)
  }
})
