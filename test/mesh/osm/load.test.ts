import { execFileSync } from 'node:child_process'
import t from 'tap'
import { osm } from '../../../harness/mesh/osm/index.ts'
import type { RuleText } from '../../../harness/flow/ruleset.ts'
import { readRules } from '../../../harness/iptables/texts/read.ts'
import { fitting } from '../../iptables/real.ts'
import { manyPorts, osmRequest } from './request.ts'

const ranges = Array.from({ length: 1000 }, (_, index) => `10.${index >> 8}.${index & 255}.0/24`)
const commonConfigs: Record<string, Record<string, unknown>> = {
  'no options': {},
  ports: { outboundPortExclusionList: [6379], inboundPortExclusionList: [22, 9090] },
  '31 ports': { outboundPortExclusionList: manyPorts(31), inboundPortExclusionList: manyPorts(16) },
  ranges: { outboundIPRangeExclusionList: ['1.1.1.1/32', '2.2.2.2/24', '0.0.0.0/0'] },
}
const eraIConfigs: Record<string, Record<string, unknown>> = {
  inclusions: { outboundIPRangeInclusionList: ['10.0.0.0/8'], outboundIPRangeExclusionList: ['10.1.0.0/16'] },
  interfaces: { networkInterfaceExclusionList: ['net1', 'eth0.100', 'a23456789012345', 'br-int_1'] },
  'PodIP mode': { localProxyMode: 'PodIP', outboundPortExclusionList: [6379] },
  '1,000 ranges': { outboundIPRangeExclusionList: ranges },
}

/** Loads rules in network and mount namespaces of their own, with a private /run, and lists what they became. */
function load(rules: RuleText, backend: 'nft' | 'legacy'): string {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-auto', '--map-root-user']
  const commands =
    rules.form === 'restore'
      ? [`iptables-${backend}-restore --noflush`]
      : rules.commands.map(({ argv }) => `iptables-${backend} ${argv.join(' ')}`)
  // An ordinary user's PATH lacks the folders for administrators.
  const path = 'export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin'
  const script = ['set -e', path, 'mount -t tmpfs none /run', ...commands, `iptables-${backend}-save -t nat`].join('\n')
  const input = rules.form === 'restore' ? fitting(rules.payload) : ''
  return execFileSync('unshare', [...user, '--net', '--mount', 'sh', '-c', script], {
    input,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

for (const backend of ['nft', 'legacy'] as const) {
  for (const [release, configs] of [
    ['1.2', { ...commonConfigs, ...eraIConfigs }],
    ['0.11', commonConfigs],
  ] as const) {
    t.test(`osm@${release} loads into iptables-${backend}`, async (t) => {
      for (const [name, config] of Object.entries(configs)) {
        const text = osm.build(release, osmRequest(config))
        const rules = readRules(text, { family: 'ipv4', podIPs: ['10.244.0.5'] })
        if (rules === undefined) throw new Error('no rules')
        const wanted = text.match(/-[AI] /g)?.length
        t.equal(load(rules, backend).match(/^-A /gm)?.length, wanted, `${name}: every rule is there`)
      }
    })
  }
}

t.test('a range that upstream let through is rejected by iptables', async (t) => {
  const text = osm
    .build('1.2', osmRequest({ outboundIPRangeExclusionList: ['1.1.1.1/32'] }))
    .replace('1.1.1.1/32', 'fd00::/8')
  const rules = readRules(text, { family: 'ipv4', podIPs: [] })
  if (rules === undefined) throw new Error('no rules')
  t.throws(() => load(rules, 'nft'), { message: /fd00::/ })
})
