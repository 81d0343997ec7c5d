import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'

const entry = join(import.meta.dirname, '../../harness/bin/sidetrack.js')
const call = [process.execPath, entry, 'run', 'osm/outbound', '--iptables', 'nft']

/** Runs a scenario in what a shell command makes of a process's surroundings first. */
function runIn(prepare: string, env: NodeJS.ProcessEnv = process.env) {
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', `${prepare}; exec "$@"`, 'sh', ...call], {
    encoding: 'utf8',
    env,
  })
  return { status, stdout, lines: stderr.trimEnd().split('\n') }
}

for (const limit of [64, 256, 1000]) {
  t.test(`a process that may have ${limit} files open: one line says what is wrong, and how to mend it`, async (t) => {
    const { status, stdout, lines } = runIn(`ulimit -n ${limit}`)
    t.equal(status, 3)
    t.equal(stdout, '')
    t.same(lines, [
      `sidetrack: a process may have ${limit} files open here, and 1024 are needed; raise the limit, as with \`ulimit -n 65536\`, or run fewer pods at once with --jobs`,
    ])
  })
}

t.test('more pods at once need more', async (t) => {
  const { status, lines } = runIn('ulimit -n 1024; set -- "$@" --jobs 64')
  t.equal(status, 3)
  t.match(lines.join(), /^sidetrack: a process may have 1024 files open here, and 8704 are needed; raise the limit/)
})

t.test('a soft limit is raised to the hard one', async (t) => {
  const { status, lines } = runIn('ulimit -Sn 64')
  t.same({ status, lines }, { status: 0, lines: [''] })
})

t.test('an environment without anything in it will do, and one with nothing but PATH', async (t) => {
  for (const env of [{}, { PATH: '/usr/bin:/bin' }, { PATH: '/nowhere' }, { PATH: '' }]) {
    const { status, lines } = runIn(':', env)
    t.same({ status, lines }, { status: 0, lines: [''] }, JSON.stringify(env))
  }
})
