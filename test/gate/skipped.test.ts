import t from 'tap'
import { HarnessError } from '../../harness/core/errors.ts'
import type { RuleSource } from '../../harness/source/rules/source.ts'
import { AlteredSandbox } from '../sandbox/altered-sandbox.ts'
import { openSandbox } from '../sandbox/open.ts'
import { gateOf } from './gate-of.ts'
import { restoreText } from './worlds.ts'

const sandbox = await openSandbox(t)

/** Redirects what the pod sends, but for what goes to these ports and to the one of the config. */
const builder = (...ports: readonly number[]): RuleSource => ({
  id: `exec:./builder ${ports.join()}`,
  kind: 'builder',
  rules: ({ config, family }) => {
    const spared = [...ports, ...((config as { outboundPortExclusionList?: number[] }).outboundPortExclusionList ?? [])]
    const rules = spared.map((port) => `-A OUTPUT -p tcp -m tcp --dport ${port} -j RETURN`)
    return Promise.resolve(
      restoreText(family, '*nat', ...rules, '-A OUTPUT -p tcp -j REDIRECT --to-ports 15001', 'COMMIT', ''),
    )
  },
  text: () => Promise.resolve(''),
})

t.test('rules that this machine is too small for are left out and named, and the others compared', async (t) => {
  const small = new AlteredSandbox(sandbox, {
    refuses: (rules) =>
      JSON.stringify(rules).includes('--dport 9999')
        ? new HarnessError('machine', 'too small', { skips: true })
        : undefined,
  })
  const configs = [{}, { outboundPortExclusionList: [9999] }, { outboundPortExclusionList: [9998] }].map((config) => ({
    config,
    podAnnotations: {},
  }))
  const { changes, errors, coverage } = await gateOf(small, {
    baseline: builder(),
    candidate: builder(81),
    configs,
    families: ['ipv4'],
  })
  t.same(errors, [])
  t.same(new Set(changes.map(({ config }) => JSON.stringify(config.config))).size, 2, 'of two configs')
  t.match(coverage.skipped, [/^not compared: (config-[0-9a-f]{8} nft), \1 applied twice: too small$/])
  t.equal(coverage.isWhole, false)
  t.ok(coverage.lines(1).includes(coverage.skipped[0] ?? ''))
})
