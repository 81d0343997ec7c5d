import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { app, proxy, remote, root } from '../../harness/scenario/dsl.ts'
import { unmet } from './literal-pod.ts'
import { openSandbox } from './open.ts'
import { descendants, namespacesOf } from './processes.ts'

const secret = 'a-token-that-is-nobody-else-s-business'
process.env['CALLERS_SECRET'] = secret

/** Bits of the sets of capabilities(7) as /proc shows them. */
const capability = {
  dac_read_search: 2,
  kill: 5,
  setgid: 6,
  setuid: 7,
  net_admin: 12,
  net_raw: 13,
  sys_admin: 21,
} as const
const setOf = (...names: (keyof typeof capability)[]): string =>
  names
    .reduce((bits, name) => bits | (1n << BigInt(capability[name])), 0n)
    .toString(16)
    .padStart(16, '0')
const everything = setOf('dac_read_search', 'kill', 'setgid', 'setuid', 'net_admin', 'net_raw', 'sys_admin')

const passedOn = ['PATH', 'LD_LIBRARY_PATH', 'NODE_COMPILE_CACHE', 'UV_THREADPOOL_SIZE']

interface Confined {
  pid: number
  uid: number
  environment: string
  status: Record<string, string>
}

/** Only root may read that of another user: the machine's, or the one of the user namespace that it is in. */
function environmentOf(pid: number): string {
  const asRoot = process.getuid?.() === 0 ? [] : ['nsenter', '--target', `${pid}`, '--user', '--']
  const [file = '', ...args] = [...asRoot, 'cat', `/proc/${pid}/environ`]
  return execFileSync(file, args, { encoding: 'latin1' })
}

/** Every process in a sandbox: those that share their PID namespace with the first, which is not ours. */
function inside(): Confined[] {
  const own = namespacesOf(process.pid)?.pid
  return descendants()
    .filter(({ pid }) => ![own, undefined].includes(namespacesOf(pid)?.pid))
    .map(({ pid, uid }) => {
      const lines = readFileSync(`/proc/${pid}/status`, 'utf8').split('\n')
      const status = Object.fromEntries(lines.map((line) => line.split(':\t') as [string, string]))
      return { pid, uid, environment: environmentOf(pid), status }
    })
}

t.test('what runs in a sandbox', async (t) => {
  const sandbox = await openSandbox(t)
  const nat = [
    '-A OUTPUT -p tcp -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001',
    '-A PREROUTING -p tcp -j REDIRECT --to-ports 15003',
  ]
  const mangle = ['-A PREROUTING -i eth0 -p tcp --dport 9000 -j TPROXY --on-port 15003 --on-ip 127.0.0.1']
  const flows = [
    app.tcp('203.0.113.10:80').isRedirected('outbound'),
    root.tcp('203.0.113.10:80').isRedirected('outbound'),
    proxy.tcp('203.0.113.10:80').isDirect(),
    remote.tcp('pod:8080').isRedirected('inbound'),
    app.tcp('203.0.113.10:81', { mark: 7 }).isRedirected('outbound'),
  ]
  for (const backend of ['nft', 'legacy'] as const)
    t.same(await unmet(sandbox, backend, { ipv4: { nat }, flows }), [], backend)
  await unmet(sandbox, 'nft', { ipv4: { mangle }, flows: [app.tcp('203.0.113.10:80').isDirect()] })

  const [agent, ...identities] = inside()
  t.match(agent?.status['NSpid'], /\t1$/, 'the agent is the first process')
  t.equal(identities.length, 2, 'the process of all identities, and one that sets a mark')

  t.test('holds no more than it needs, and gets no more', async (t) => {
    t.match(agent?.status, { CapPrm: everything, CapEff: everything, CapBnd: everything, NoNewPrivs: '1' })
    for (const { uid, status } of identities) {
      t.ok(
        [setOf('sys_admin', 'net_admin', 'net_raw'), setOf('sys_admin', 'setuid', 'setgid')].includes(
          status['CapPrm'] ?? '',
        ),
        `UID ${uid}: ${status['CapPrm']}`,
      )
      t.equal(status['CapEff'], status['CapPrm'])
      t.same([status['CapInh'], status['CapAmb']], [setOf(), setOf()], `UID ${uid} passes nothing on`)
      t.match(status, { CapBnd: everything, NoNewPrivs: '1' }, `UID ${uid}`)
    }
  })

  t.test("sees nothing of the caller's environment but where programs are", async (t) => {
    for (const { uid, environment } of [agent as Confined, ...identities]) {
      t.notMatch(environment, secret, `UID ${uid}`)
      const names = environment.split('\0').flatMap((line) => (line === '' ? [] : [line.slice(0, line.indexOf('='))]))
      t.same(
        names.filter((name) => !passedOn.includes(name)),
        [],
        `UID ${uid}`,
      )
    }
  })

  t.test("cannot write to the machine's files, but to its own and to the pods' settings", async (t) => {
    const mounts = readFileSync(`/proc/${agent?.pid}/mountinfo`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
    const writable = mounts
      .filter(([, , , , , options]) => /^rw\b/.test(options ?? ''))
      .map(([, , , , point]) => point ?? '')
    t.same(writable.filter((point) => !point.startsWith('/run/netns/')).sort(), ['/proc/sys/net', '/run'])
    t.equal(
      readFileSync(join('/proc', `${agent?.pid}`, 'root/run/sidetrack/package.json'), 'utf8'),
      '{"type":"module"}\n',
      'its own /run',
    )
  })
})
