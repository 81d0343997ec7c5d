import t from 'tap'
import { HarnessError } from '../../harness/core/errors.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { refuseSharedState } from '../../harness/run/plan/shared-state.ts'

const payload = (...rules: string[]): RuleText => ({
  form: 'restore',
  family: 'ipv4',
  payload: ['*filter', ...rules, 'COMMIT', ''].join('\n'),
})
const commands = (...lines: string[]): RuleText => ({
  form: 'commands',
  family: 'ipv6',
  commands: lines.map((line, index) => ({ argv: line.split(' '), line: index + 1 })),
})
const refuse = (...texts: RuleText[]) => refuseSharedState(texts, 'file:x.txt')

t.test('a target that is felt outside the pod is refused, with its place and the reason', async (t) => {
  const options = {
    IDLETIMER: '--timeout 9 --label x',
    LED: '--led-trigger-id x',
    AUDIT: '--type drop',
    SECMARK: '--selctx x',
    SYSRQ: '--password x',
  }
  for (const [target, values] of Object.entries(options)) {
    t.throws(() => refuse(payload('-A INPUT -j DROP', `-A INPUT -p tcp -j ${target} ${values}`)), HarnessError)
    t.throws(() => refuse(payload('-A INPUT -j DROP', `-A INPUT -p tcp -j ${target} ${values}`)), {
      fault: 'input',
      message: new RegExp(`^file:x\\.txt, line 3, column 20: ${target} is felt outside the pod: `),
    })
  }
})

t.test('however the target is written', async (t) => {
  for (const written of [
    '-j IDLETIMER',
    '-jIDLETIMER',
    '-4jIDLETIMER',
    '-4vj IDLETIMER',
    '--jump IDLETIMER',
    '--jump=IDLETIMER',
    '--j IDLETIMER',
    '--ju=IDLETIMER',
    '-g IDLETIMER',
    '--goto=IDLETIMER',
  ]) {
    t.throws(() => refuse(payload(`-A INPUT ${written} --timeout 9 --label x`)), /line 2/, written)
    t.throws(
      () => refuse(payload(), commands('-N X', `-t raw -A OUTPUT ${written} --timeout 9 --label x`)),
      /line 2/,
      written,
    )
  }
  t.throws(() => refuse(payload('-A INPUT -j "IDLETIMER" --timeout 9 --label x')), /line 2/)
  t.throws(
    () => refuse(payload('-A INPUT -j IDLETIMER --timeout 9 --label x', '-F INPUT')),
    /line 2/,
    'even if it is gone again',
  )
})

t.test('everything else is loaded', async (t) => {
  t.doesNotThrow(() =>
    refuse(
      payload(
        '-A INPUT -m comment --comment "-j IDLETIMER" -j ACCEPT',
        '-A INPUT -m recent --set --name LED -j LOG',
        '-A INPUT -m hashlimit --hashlimit-name AUDIT --hashlimit-upto 5/sec -j NFLOG',
        '-A INPUT -j constructor',
        '-A INPUT -m comment --comment "never closed -j IDLETIMER',
      ),
    ),
  )
})
