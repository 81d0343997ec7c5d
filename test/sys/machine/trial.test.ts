import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Finding } from '../../../harness/sys/machine/capabilities.js'
import { asOrdinaryUser } from '../../helpers/ordinary-user.ts'

const fixture = 'test/sys/machine/fixtures/try-out.ts'

/** What a trial finds where these programs stand before the system's own. */
function tryWith(t: Test, programs: Record<string, string>, asUser = false): Finding[] {
  const folder = t.testdir(
    Object.fromEntries(Object.entries(programs).map(([name, text]) => [name, `#!/bin/sh\n${text}\n`])),
  )
  for (const name of Object.keys(programs)) chmodSync(join(folder, name), 0o755)
  const root = join(import.meta.dirname, '../../..')
  const { command, args } = asUser
    ? asOrdinaryUser(fixture, process.getuid?.() === 0 ? join('/mnt/checkout', folder.slice(root.length)) : folder)
    : { command: process.execPath, args: [join(root, fixture), folder] }
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  t.equal(stderr, '')
  return JSON.parse(stdout)
}

/** A program that says something and fails. */
const failing = (words: string): string => `echo '${words}' >&2\nexit 1`
/** The real one, by the rest of PATH. */
const real = (name: string): string => `exec "$(PATH=\${PATH#*:} command -v ${name})" "$@"`

t.test('nothing is found where all comes off, as root and as an ordinary user', async (t) => {
  t.same(tryWith(t, {}), [])
  t.same(tryWith(t, {}, true), [])
})

t.test('an ordinary user gets IDs by newuidmap alone: what unshare has map them can outlive it', async (t) => {
  const old = `case "$*" in *--map-auto*) exit 1 ;; esac\n${real('unshare')}`
  t.same(tryWith(t, { unshare: old }, true), [])
  t.match(
    tryWith(
      t,
      { unshare: old, newgidmap: failing('newgidmap: write to gid_map failed: Operation not permitted') },
      true,
    ),
    [{ what: /newgidmap$/, problem: /set-user-ID bit \(newgidmap: write to gid_map failed/, command: /^chmod u\+s / }],
  )
})

t.test('a sandbox that does not start is told in what the system said', async (t) => {
  t.match(tryWith(t, { unshare: failing('unshare: unshare failed: Operation not permitted') }), [
    {
      what: 'a sandbox',
      problem: 'does not start: unshare: unshare failed: Operation not permitted',
      hint: /seccomp=unconfined/,
    },
  ])
  t.match(tryWith(t, { unshare: failing('unshare: unshare failed: No space left on device') }), [
    { hint: /user\.max_\*_namespaces/ },
  ])
})

t.test('so is an identity that no process becomes', async (t) => {
  const setpriv = `[ "$1" = --reuid ] && echo 'setpriv: setresuid failed: Invalid argument' >&2 && exit 1\n${real('setpriv')}`
  t.match(tryWith(t, { setpriv }), [{ what: 'a process of UID 1500', problem: /setresuid failed: Invalid argument$/ }])
})

t.test('a backend that loads no rule is found, by family, with the modules that it may lack', async (t) => {
  const says = "iptables v1.8.9 (legacy): can't initialize iptables table"
  t.match(
    tryWith(t, {
      'ip6tables-legacy-restore': failing(
        `${says.replaceAll("'", '')} nat: Table does not exist (do you need to insmod?)`,
      ),
    }),
    [
      {
        what: 'ip6tables-legacy',
        backend: 'legacy',
        problem: /Table does not exist/,
        command: 'modprobe -a ip6_tables ip6table_nat xt_owner xt_REDIRECT',
      },
    ],
  )
  const [refused] = tryWith(t, { 'iptables-nft-restore': failing('iptables-restore v1.8.9: nothing known') })
  t.match(refused, { what: 'iptables-nft', backend: 'nft' })
  t.notOk(refused?.command, 'no command is invented')
})
