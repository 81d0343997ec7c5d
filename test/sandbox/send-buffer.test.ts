import { readFileSync } from 'node:fs'
import t from 'tap'
import { asHarnessError, HarnessError } from '../../harness/core/errors.ts'
import { app } from '../../harness/scenario/dsl.ts'
import { drive } from './literal-pod.ts'
import { openSandbox } from './open.ts'

const sandbox = await openSandbox(t)
/** One takes more than 200 bytes, so that all of them take more than the send buffer. */
const count = Math.ceil(Number(readFileSync('/proc/sys/net/core/wmem_default', 'utf8')) / 200)
const many = Array.from(
  { length: count },
  (_, index) => `-A OUTPUT -d 100.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}/32 -j RETURN`,
)
const flow = app.tcp('203.0.113.10:80')
const driven = (nat: readonly string[]) => drive(sandbox, 'nft', { ipv4: { nat }, flows: [flow.isDirect()] })
const refusal = (nat: readonly string[]) =>
  driven(nat).then(() => new HarnessError('sidetrack', 'they are loaded'), asHarnessError)

if (sandbox.info.rootless) {
  t.test('rules that are too long for an ordinary user are no fault of theirs', async (t) => {
    const { fault, skips, line } = await refusal(many)
    t.same({ fault, skips }, { fault: 'machine', skips: true })
    t.match(
      line,
      /wmem_default, which is \d+; mend it with: sudo sysctl -w net\.core\.wmem_default=\d+, or run as root$/,
    )
  })

  t.test('whatever else is wrong with them is', async (t) => {
    const { fault, skips, line } = await refusal([...many, '-A PREROUTING -m owner --uid-owner 1 -j RETURN'])
    t.same({ fault, skips }, { fault: 'rules', skips: false })
    t.match(line, new RegExp(`^the rules are rejected at line ${count + 2} \\(-A PREROUTING `))
  })
} else {
  t.test('root loads rules of any length', async (t) => {
    const { applied, flows } = await driven(many)
    t.same({ applied, unmet: flows[0]?.unmet }, { applied: { ok: true }, unmet: undefined })
  })
}
