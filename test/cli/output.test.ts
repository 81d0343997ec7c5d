import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const entry = join(import.meta.dirname, '../../harness/bin/sidetrack.js')

t.test('output that cannot be written is the fault of the machine, in one line, whatever the command', async (t) => {
  for (const args of [['list'], ['run', 'inner-bridge', '--iptables', 'nft', '--reporter', 'tap']]) {
    const full = openSync('/dev/full', 'w')
    t.teardown(() => closeSync(full))
    const { status, stderr } = spawnSync(process.execPath, [entry, ...args], { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' })
    t.match({ status, stderr }, { status: 3, stderr: /^sidetrack: standard output cannot be written: ENOSPC.*\n$/ }, args.join(' '))
  }
})

t.test('output that nobody reads any more ends a run as if it had been interrupted', async (t) => {
  const { stdout } = spawnSync(
    'bash',
    ['-c', '"$@" | head -1; echo "${PIPESTATUS[0]}"', 'bash', process.execPath, entry, 'run', '--reporter', 'tap'],
    { encoding: 'utf8' },
  )
  t.equal(stdout, 'TAP version 14\n130\n')
})
