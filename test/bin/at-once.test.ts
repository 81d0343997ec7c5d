import { writeFileSync } from 'node:fs'
import t from 'tap'
import { Checkout } from './checkout.ts'

const installing = 'installing npm dependencies'
const waiting = 'waiting for it to end'
const ci = (part: string) =>
  `npm ci --${part}=dev --include=optional --ignore-scripts --engine-strict=false --loglevel=error\n`

t.test('of two commands that begin at once in a new checkout one installs, and the other waits for it', async (t) => {
  const checkout = new Checkout(t)
  const gate = checkout.holdNpm()
  const first = checkout.begin(t, 'sidetrack.js', 'list')
  await first.says(installing)
  const second = checkout.begin(t, 'sidetrack.js', 'rules')
  t.match(await second.says(waiting), /^sidetrack: another command of this checkout installs [^\n]*\n$/)
  writeFileSync(gate, '\n')
  t.match(await first.end(), { status: 0, said: 'ran list\n' })
  t.match(await second.end(), { status: 0, said: 'ran rules\n' })
  t.equal(checkout.calls(), ci('omit'))
})

t.test('packages are not replaced under a command that runs', async (t) => {
  const checkout = new Checkout(t)
  checkout.run(['list'])
  checkout.runUntilTold()
  const run = checkout.begin(t, 'sidetrack.js', 'run')
  await run.says('running')
  const check = checkout.begin(t, 'task.js', 'check')
  t.match(await check.says(waiting), /^sidetrack: another command of this checkout is under way[^\n]*\n$/)
  t.equal(checkout.calls(), ci('omit'))
  run.tell()
  await run.end()
  await check.end()
  t.equal(checkout.calls(), ci('omit') + ci('include'))
})

t.test('whoever is killed while he installs keeps nobody waiting', async (t) => {
  const checkout = new Checkout(t)
  const gate = checkout.holdNpm()
  const first = checkout.begin(t, 'sidetrack.js', 'list')
  await first.says(installing)
  const second = checkout.begin(t, 'sidetrack.js', 'list')
  await second.says(waiting)
  first.kill()
  await second.says(installing)
  writeFileSync(gate, '\n')
  t.match(await second.end(), { status: 0, said: 'ran list\n' })
})
