import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { diagnosis } from '../../harness/cli/doctor.ts'
import { inspect, type Machine } from '../../harness/sys/capabilities.ts'
import { requirements } from '../../harness/sys/requirements.js'

const ranges = { '/etc/subuid': 'root:1:65536\nann:100000:65536\n', '/etc/subgid': '1000:100000:65536\n' }

function machine(
  t: Test,
  { lacks = [], uid = 1000, files = ranges }: { lacks?: string[]; uid?: number; files?: Record<string, string> } = {},
): Machine {
  const tools = [...requirements.map(({ tool }) => tool), 'apt-get'].filter((tool) => !lacks.includes(tool))
  const folder = t.testdir(Object.fromEntries(tools.map((tool) => [tool, ''])))
  for (const tool of tools) chmodSync(join(folder, tool), 0o755)
  return { uid, user: 'ann', folders: [folder], read: (file) => files[file] }
}

t.test('a machine that has everything runs both backends', async (t) => {
  t.same(inspect(machine(t)), { isRoot: false, backends: ['nft', 'legacy'], findings: [] })
})

t.test('root needs neither ranges nor user namespaces', async (t) => {
  t.same(inspect(machine(t, { uid: 0, lacks: ['newuidmap'], files: { '/proc/sys/user/max_user_namespaces': '0\n' } })).findings, [])
})

t.test('a missing tool is found with the command that installs it', async (t) => {
  const { backends, findings } = inspect(machine(t, { lacks: ['iptables-legacy-restore'] }))
  t.same(backends, ['nft'])
  t.match(findings, [
    {
      what: 'iptables-legacy-restore',
      problem: 'is not installed',
      command: 'sudo apt-get install -y --no-install-recommends iptables',
      backend: 'legacy',
    },
  ])
  t.same(inspect(machine(t, { lacks: ['ip'] })).backends, [], 'a tool for everything')
})

t.test('each thing that an ordinary user lacks is found with what mends it', async (t) => {
  const found = (file: string, text: string) => inspect(machine(t, { files: { ...ranges, [file]: text } })).findings
  t.match(found('/etc/subuid', ''), [
    { what: '/etc/subuid', problem: 'has no range for ann', command: 'sudo usermod --add-subuids 100000-165535 ann' },
  ])
  t.match(found('/etc/subgid', 'ann:1:1000'), [{ what: '/etc/subgid', problem: /only 1000 ids/, command: /--add-subgids/ }])
  t.match(found('/proc/sys/user/max_user_namespaces', '0\n'), [{ command: 'sudo sysctl -w user.max_user_namespaces=15000' }])
  t.match(found('/proc/sys/kernel/unprivileged_userns_clone', '0\n'), [{ command: 'sudo sysctl -w kernel.unprivileged_userns_clone=1' }])
  t.match(found('/proc/sys/kernel/apparmor_restrict_unprivileged_userns', '1\n'), [
    {
      what: 'kernel.apparmor_restrict_unprivileged_userns',
      problem: /^is 1: AppArmor/,
      command: 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
    },
  ])
})

t.test('doctor puts it in words', async (t) => {
  const text = diagnosis(inspect(machine(t, { lacks: ['iptables-nft-save'] })), { kernel: '6.18', node: 'v24.21.0' })
  t.equal(
    text,
    `Linux 6.18, Node v24.21.0, without root
iptables-nft: cannot run
iptables-legacy: can run
iptables-nft-save is not installed
  mend with: sudo apt-get install -y --no-install-recommends iptables
1 thing is missing
`,
  )
})
