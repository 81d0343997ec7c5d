import t from 'tap'
import type { InitContainer } from '../../../harness/flow/init-container.ts'
import type { RuleText } from '../../../harness/flow/ruleset.ts'
import { readRules } from '../../../harness/iptables/texts/read.ts'
import { osm } from '../../../harness/mesh/osm/index.ts'
import { osmRequest } from './request.ts'

/** The init container of a release for the rules that it makes itself. */
function initContainer(release: string, config: Record<string, unknown> = {}) {
  const request = osmRequest(config)
  const text = osm.build(release, request)
  return { text, container: osm.initContainer(release, readRules(text, request) as RuleText, request) as InitContainer }
}

const scriptOf = (rules: RuleText): string | undefined => osm.initContainer('1.2', rules, osmRequest())?.args[1]

t.test('from 1.1 the payload is in a here-document, and the shell is told what $POD_IP is', async (t) => {
  const { text, container } = initContainer('1.2', { localProxyMode: 'PodIP' })
  t.match(text, /--to-destination \$POD_IP\n/)
  t.strictSame(container, {
    name: 'osm-init',
    command: ['/bin/sh'],
    args: ['-c', `iptables-restore --noflush <<EOF\n${text}EOF\n`],
    env: { POD_IP: '10.244.0.5' },
    securityContext: { privileged: false, runAsUser: 0, capabilities: { add: ['NET_ADMIN'] } },
  })
})

t.test('up to 0.11 it is the chain of commands, by whoever the image names', async (t) => {
  const { text, container } = initContainer('0.11', { outboundPortExclusionList: [6379, 7070] })
  t.same(container.args, ['-c', text.trimEnd()])
  t.same(container.env, {})
  t.same(container.securityContext, { privileged: false, capabilities: { add: ['NET_ADMIN'] } })
})

t.test('enablePrivilegedInitContainer makes it privileged', async (t) => {
  t.equal(initContainer('1.2', { enablePrivilegedInitContainer: true }).container.securityContext.privileged, true)
})

t.test("a stranger's rules stay rules for the shell", async (t) => {
  const [family, nat] = ['ipv4', '*nat\n-A OUTPUT -m comment --comment'] as const
  const argv = ['-A', 'OUTPUT', '-m', 'comment', '--comment', "it's $(reboot); `reboot`", '-j', 'ACCEPT']
  t.equal(
    scriptOf({ form: 'commands', family, commands: [{ argv, line: 1 }] }),
    "iptables -A OUTPUT -m comment --comment 'it'\\''s $(reboot); `reboot`' -j ACCEPT",
  )
  const literal = readRules(
    `iptables-restore <<'END'\n${nat} "$(reboot) $POD_IP"\nCOMMIT\nEND\n`,
    osmRequest(),
  ) as RuleText
  t.equal(scriptOf(literal), `iptables-restore --noflush <<'EOF'\n${nat} "$(reboot) $POD_IP"\nCOMMIT\nEOF\n`)
  t.throws(() => readRules(`${nat} "$(reboot)"\nCOMMIT\n`, osmRequest()), {
    fault: 'input',
    message: /^line 2, column \d+: '\$' is not read/,
  })
  t.throws(() => readRules('*nat\nEOF\nreboot\nCOMMIT\n', osmRequest()), {
    fault: 'input',
    message: /^line 2, column 1: cannot be part/,
  })
  t.equal(
    scriptOf({ form: 'restore', family: 'ipv6', payload: '*nat\nCOMMIT\n' }),
    'ip6tables-restore --noflush <<EOF\n*nat\nCOMMIT\nEOF\n',
  )
})
