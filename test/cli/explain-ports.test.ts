import t, { type Test } from 'tap'
import { resident } from './resident.ts'

/** Explains one flow of UID 1000 to 203.0.113.10, by the model alone and driven as well, on both backends. */
function explained(t: Test, rules: string, port: number, ...more: string[]): string[] {
  return [[], ['--live'], ['--live', '--iptables', 'legacy']].map((how) => said(t, rules, port, ...more, ...how))
}

/** What is said of it, by the model alone unless more is asked for. */
function said(t: Test, rules: string, port: number, ...more: string[]): string {
  const from = t.testdir({ 'rules.txt': rules })
  const flow = ['--uid', '1000', '--to', `203.0.113.10:${port}`]
  const { stdout, stderr } = resident(['explain', '--mesh', 'osm', '--rules', 'file:rules.txt', ...flow, ...more], {
    from,
  })
  return `${stderr}${stdout}`
}

t.test('a rule about one port says nothing of what a flow is sent from', async (t) => {
  const rules =
    '*filter\n-A INPUT -p tcp --dport 32000 -j DROP\n-A INPUT -p tcp --dport 32768 -j DROP\n-A INPUT -p udp --dport 20000:50000 -j DROP\nCOMMIT\n'
  for (const protocol of ['tcp', 'udp']) {
    const [predicted = '', ...driven] = explained(t, rules, 80, '--proto', protocol)
    t.match(predicted, /^Verdict: direct/m)
    for (const text of driven) t.match(text, /^Verdict: direct.*, as predicted$/m)
  }
})

t.test('any port may be dialled and redirected to', async (t) => {
  for (const [port, to] of [
    [20000, 32768],
    [60999, 20000],
  ] as const) {
    const texts = explained(t, `iptables -t nat -A OUTPUT -p tcp -j REDIRECT --to-port ${to}\n`, port)
    for (const text of texts)
      t.match(text, new RegExp(`^Verdict: translated, to 127\\.0\\.0\\.1:${to}, answered by the application`, 'm'))
    for (const text of texts.slice(1)) t.match(text, /^Verdict: .*, as predicted$/m)
  }
})

t.test('where no original destination is read, that is a verdict', async (t) => {
  const rules =
    '*raw\n-A OUTPUT -p tcp -j CT --zone 5\nCOMMIT\n*nat\n-A OUTPUT -p tcp -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001\nCOMMIT\n'
  for (const text of explained(t, rules, 80).slice(1))
    t.match(
      text,
      /^Verdict: captured by the proxy's outbound listener, no original destination(, as predicted)?\nJourney:\n {2}1\. .*\nRules/m,
    )
})

t.test('a mark is one of the flow, and is sent with it', async (t) => {
  const rules = 'iptables -t nat -A OUTPUT -p tcp -m mark --mark 0x539 -j REDIRECT --to-port 81\n'
  const [predicted = '', ...driven] = explained(t, rules, 80, '--mark', '1337')
  t.match(predicted, /opens a TCP connection marked 0x539 from/)
  for (const text of [predicted, ...driven]) t.match(text, /^Verdict: translated, to 127\.0\.0\.1:81/m)
  for (const text of driven) t.match(text, /^Verdict: .*, as predicted$/m)
  t.match(said(t, rules, 80, '--mark', '0x53a'), /^Verdict: direct/m)
  t.match(said(t, rules, 80, '--mark', '0'), /--mark.*'0' is no mark; write a number from 1 to 0xffffffff/)
  t.match(
    said(t, rules, 80, '--mark', '1337', '--in', 'eth0'),
    /--mark: nobody in the pod marks what comes in by an interface/,
  )
})

t.test('so is a DSCP, of which nothing is known where nobody says it', async (t) => {
  const rules = 'iptables -t nat -A OUTPUT -p tcp -m dscp --dscp 46 -j REDIRECT --to-port 81\n'
  const [predicted = '', ...driven] = explained(t, rules, 80, '--tos', '0xb8', '--why-not', 'direct')
  t.match(predicted, /opens a TCP connection with DSCP 46 from/)
  t.match(predicted, /What would make it direct:\n {2}the flow with protocol udp/)
  for (const text of [predicted, ...driven]) t.match(text, /^Verdict: translated, to 127\.0\.0\.1:81/m)
  for (const text of driven) t.match(text, /^Verdict: .*, as predicted$/m)
  t.match(said(t, rules, 80, '--tos', '0'), /^Verdict: direct/m)
  t.match(said(t, rules, 80), /^Verdict: unknown, since rule 1 of chain OUTPUT asks for --dscp/m)
  t.match(said(t, rules, 80, '--tos', '0x100'), /--tos.*'0x100' is no TOS; write a number from 0 to 0xff/)
  t.match(said(t, rules, 80, '--tos', '0xb9'), /--tos: of a TCP socket the kernel keeps the lower two bits/)
})
