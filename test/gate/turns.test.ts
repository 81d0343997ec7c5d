import t from 'tap'
import { spaceOf } from '../../harness/classes/space/space.ts'
import { classBudget, compareWorlds } from '../../harness/gate/classes/compare.ts'
import { restoreText, worldIn } from './worlds.ts'

/** Drops what is sent to some ports, in packets that nobody tells by their mark. */
const marking = (mark: number, ports: readonly number[]) =>
  worldIn(
    restoreText(
      'ipv4',
      ...['*mangle', `-A OUTPUT -p tcp -m tcp --dport 1000:2000 -j MARK --set-xmark ${mark}/0xffffffff`, 'COMMIT'],
      ...['*filter', ...ports.map((port) => `-A OUTPUT -p tcp -m tcp --dport ${port} -j DROP`), 'COMMIT', ''],
    ),
  )

t.test('while classes are compared that are not apart, others have their turns', async (t) => {
  const ports = Array.from({ length: 20 }, (_, at) => 1000 + 2 * at)
  const [before, after] = [marking(1, ports), marking(2, ports)]
  if (before === undefined || after === undefined) throw new Error('the rules cannot be read')
  let [now, turns, isOver] = [0, 0, false]
  // Each look at the clock is a long time after the last one.
  t.capture(performance, 'now', () => (now += 1000))
  const turn = (): void => {
    turns += 1
    if (!isOver) setImmediate(turn)
  }
  setImmediate(turn)
  const { classes, witnesses } = await compareWorlds([before, after], spaceOf([before, after]), classBudget)
  isOver = true
  t.same(witnesses, [])
  t.ok(classes > ports.length)
  t.ok(turns >= ports.length, `${turns} turns`)
})
