import t from 'tap'
import { backends } from '../../harness/flow/backend.ts'
import { app } from '../../harness/scenario/dsl.ts'
import { drive, type LiteralPod } from './literal-pod.ts'
import { openSandbox } from './open.ts'

const sandbox = await openSandbox(t)
const redirect = '-A OUTPUT -p tcp -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001'

/** Both backends say the same of what they reject. */
function rejected(title: string, rules: Pick<LiteralPod, 'ipv4' | 'ipv6'>, applied: object, captures: boolean): void {
  t.test(title, async (t) => {
    const flow = app.tcp('203.0.113.10:80')
    for (const backend of backends) {
      const driven = await drive(sandbox, backend, {
        ...rules,
        flows: [captures ? flow.isRedirected('outbound') : flow.isDirect()],
      })
      t.match(driven.applied, applied, backend)
      t.equal(driven.flows[0]?.unmet, undefined, `${backend}: the flow is sent all the same`)
    }
  })
}

rejected(
  'a payload with an unknown option',
  { ipv4: { nat: [redirect, '-A OUTPUT --nosuch'] } },
  { ok: false, line: 3, text: '-A OUTPUT --nosuch', leaves: 'nothing' },
  false,
)
rejected(
  'a payload with an unknown target',
  { ipv4: { nat: [redirect, '-A OUTPUT -j NOSUCH'] } },
  { ok: false, line: /^[34]$/, leaves: 'nothing' },
  false,
)
rejected(
  'a payload whose second table is bad',
  { ipv4: { nat: [redirect], filter: ['-A OUTPUT -p tcp --dport 65536 -j DROP'] } },
  { ok: false, line: 5, text: '-A OUTPUT -p tcp --dport 65536 -j DROP', message: /invalid port/, leaves: 'part' },
  true,
)
rejected(
  'a payload whose end is missing',
  { ipv4: { nat: [redirect, '-A OUTPUT -d 300.0.0.0/8 -j RETURN'] } },
  { ok: false, line: 3, leaves: 'nothing' },
  false,
)
rejected(
  'a chain of commands: what came before stays',
  { ipv4: [`-t nat ${redirect}`, '-t nat -A OUTPUT -p tcp -j NOSUCH', '-t nat -F OUTPUT'] },
  { ok: false, line: 2, text: /iptables-(nft|legacy) -t nat -A OUTPUT -p tcp -j NOSUCH/, leaves: 'part' },
  true,
)
rejected(
  'a chain of commands whose first fails',
  { ipv4: ['-t nat -N OUTPUT', `-t nat ${redirect}`] },
  { ok: false, line: 1, message: /Chain already exists/, leaves: 'nothing' },
  false,
)
rejected(
  'IPv6 rules after IPv4 ones that were fine',
  { ipv4: { nat: [redirect] }, ipv6: { nat: ['-A OUTPUT -d 203.0.113.0/24 -j RETURN'] } },
  { ok: false, line: 2, leaves: 'nothing' },
  true,
)
rejected('rules that are right', { ipv4: { nat: [redirect] } }, { ok: true }, true)
rejected(
  'a new chain alone is something that is left',
  { ipv4: ['-t nat -N MESH', '-t nat -A NOSUCH -j MESH'] },
  { ok: false, line: 2, leaves: 'part' },
  false,
)
