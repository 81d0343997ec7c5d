import t from 'tap'
import { classBudget } from '../../harness/gate/classes/compare.ts'
import { compareConfig, type ConfigQuestion } from '../../harness/gate/classes/compare-config.ts'
import { Comparing } from '../../harness/gate/classes/comparing.ts'
import { onSides } from '../../harness/gate/compared/sides.ts'
import { profile, restoreText } from './worlds.ts'

const dropping = (port: number): ConfigQuestion['made']['baseline'] => ({
  texts: [
    restoreText('ipv4', '*filter', `-A OUTPUT -p tcp -m tcp --dport ${port} -j DROP`, 'COMMIT', ''),
    restoreText('ipv4', '*raw', `-A OUTPUT -p tcp -m tcp --dport ${port} -j CT --zone 3`, 'COMMIT', ''),
  ],
  profile,
  key: `${port}`,
})

const question: ConfigQuestion = {
  made: onSides((side) => dropping(side === 'baseline' ? 6379 : 6380)),
  podIPs: undefined,
  backends: (['nft', 'legacy'] as const).map((backend) => onSides(() => backend)),
  families: ['ipv4', 'ipv6'],
  budget: classBudget,
  isBeside: true,
}

t.test('a thread finds what is found here, and is asked again', async (t) => {
  await using comparing = new Comparing()
  const { signal } = new AbortController()
  const expected = compareConfig(question)
  t.ok(expected.alone.every(({ witnesses }) => witnesses.length > 0))
  t.ok(expected.beside.length > 0)
  t.same(await comparing.compare(question, signal), expected)
  t.same(await Promise.all([question, question].map((each) => comparing.compare(each, signal))), [expected, expected])
})

t.test('its error is ours', async (t) => {
  await using comparing = new Comparing()
  const { signal } = new AbortController()
  const without = { ...question, made: { ...question.made, candidate: undefined } } as unknown as ConfigQuestion
  await t.rejects(comparing.compare(without, signal), TypeError)
  t.ok(await comparing.compare(question, signal), 'and it goes on')
})

t.test('who is interrupted waits for nobody', async (t) => {
  await using comparing = new Comparing()
  const asking = new AbortController()
  const asked = comparing.compare(question, asking.signal)
  asking.abort(new Error('no longer wanted'))
  await t.rejects(asked)
})
