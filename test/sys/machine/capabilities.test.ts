import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { diagnosis } from '../../../harness/cli/doctor.ts'
import { type Finding, inspect, type Machine } from '../../../harness/sys/machine/capabilities.js'
import { describeLack } from '../../../harness/sys/machine/lack.js'
import { requirements } from '../../../harness/sys/machine/requirements.js'

const status = (capabilities: string, noNewPrivileges = 0): string =>
  `CapEff:\t${capabilities}\nNoNewPrivs:\t${noNewPrivileges}\n`
const everything = {
  '/etc/subuid': 'root:1:65536\nann:100000:65536\n',
  '/etc/subgid': '1000:100000:65536\n',
  '/proc/self/mountinfo': '20 1 8:1 / / rw - ext4 /dev/sda1 rw\n21 20 0:5 / /proc rw - proc proc rw\n',
  '/proc/self/status': status('000001ffffffffff'),
  '/proc/self/uid_map': '         0          0 4294967295\n',
  '/proc/self/gid_map': '         0          0 4294967295\n',
  '/proc/sys/net/core/wmem_default': '4194304\n',
}

function machine(
  t: Test,
  {
    lacks = [],
    uid = 1000,
    files = {},
  }: { lacks?: string[]; uid?: number; files?: Record<string, string | undefined> } = {},
): Machine {
  const tools = [...requirements.map(({ tool }) => tool), 'apt-get'].filter((tool) => !lacks.includes(tool))
  const folder = t.testdir({
    ...Object.fromEntries(tools.map((tool) => [tool, ''])),
    lists: { 'deb.example_main_Packages': '' },
  })
  for (const tool of tools) chmodSync(join(folder, tool), 0o755)
  return { platform: 'linux', uid, user: 'ann', folders: [folder], read: (file) => ({ ...everything, ...files })[file] }
}

const found = (t: Test, options: Parameters<typeof machine>[1]): Finding[] =>
  inspect(['nft', 'legacy'], machine(t, options))

t.test('a machine that has everything lacks nothing', async (t) => {
  t.same(found(t, {}), [])
})

t.test('root needs neither ranges, nor user namespaces, nor room to send', async (t) => {
  const files = {
    '/proc/sys/user/max_user_namespaces': '0\n',
    '/proc/sys/net/core/wmem_default': '212992\n',
    '/etc/subuid': '',
  }
  t.same(found(t, { uid: 0, lacks: ['newuidmap'], files }), [])
})

t.test('a missing tool is found, and which backend it is for', async (t) => {
  const findings = found(t, { lacks: ['iptables-legacy-restore'] })
  t.match(findings, [{ what: 'iptables-legacy-restore', problem: 'is not installed', backend: 'legacy' }])
  t.same(inspect(['nft'], machine(t, { lacks: ['iptables-legacy-restore'] })), [], 'what is not used is not missed')
  t.notHas(found(t, { lacks: ['ip'] })[0], { backend: 'legacy' })
})

t.test('each thing that an ordinary user lacks is found with what mends it', async (t) => {
  const lack = (file: string, text: string | undefined) => found(t, { files: { [file]: text } })
  t.match(lack('/etc/subuid', ''), [
    { what: '/etc/subuid', problem: 'has no range for ann', command: 'usermod --add-subuids 100000-165535 ann' },
  ])
  const [noFile] = lack('/etc/subuid', undefined)
  t.equal(noFile?.command, 'touch /etc/subuid && usermod --add-subuids 100000-165535 ann')
  t.equal(
    describeLack(noFile === undefined ? [] : [noFile], { isRoot: false }).at(-1),
    "mend with: sudo sh -c 'touch /etc/subuid && usermod --add-subuids 100000-165535 ann'",
  )
  t.match(lack('/etc/subuid', 'bob:100000:65536\neve:165536:65536'), [
    { command: 'usermod --add-subuids 231072-296607 ann' },
  ])
  t.match(lack('/etc/subgid', 'ann:1:1000'), [
    { what: '/etc/subgid', problem: /only 1000 ids/, command: /--add-subgids/ },
  ])
  t.match(lack('/proc/sys/user/max_user_namespaces', '0\n'), [{ command: 'sysctl -w user.max_user_namespaces=15000' }])
  t.match(lack('/proc/sys/kernel/unprivileged_userns_clone', '0\n'), [
    { command: 'sysctl -w kernel.unprivileged_userns_clone=1' },
  ])
  t.match(lack('/proc/sys/kernel/apparmor_restrict_unprivileged_userns', '1\n'), [
    { problem: /^is 1: AppArmor/, command: 'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0' },
  ])
  t.match(lack('/proc/self/status', status('0000000000000000', 1)), [
    { problem: /no_new_privs/, hint: /no-new-privileges/ },
  ])
})

t.test('what root lacks in a container or a user namespace is found', async (t) => {
  const lack = (file: string, text: string | undefined) => found(t, { uid: 0, files: { [file]: text } })
  t.match(lack('/proc/self/status', status('00000000a80425fb')), [
    {
      what: 'root',
      problem: 'lacks CAP_DAC_READ_SEARCH, CAP_NET_ADMIN, CAP_SYS_ADMIN',
      hint: /--cap-add SYS_ADMIN .*--cap-add DAC_READ_SEARCH/,
    },
  ])
  t.match(lack('/proc/self/gid_map', '         0       1000          1\n'), [
    { what: 'the GIDs', problem: /are only 1, and 65536/ },
  ])
})

t.test('a plain chroot is found, whoever is in it', async (t) => {
  const files = { '/proc/self/mountinfo': '21 20 0:5 / /proc rw - proc proc rw\n' }
  for (const uid of [0, 1000])
    t.match(found(t, { uid, files }), [{ what: '/', problem: /chroot/, hint: /mount --bind/ }])
})

t.test('room to send that is too small for the largest rulesets keeps nobody from the others', async (t) => {
  t.match(found(t, { files: { '/proc/sys/net/core/wmem_default': '212992\n' } }), [
    {
      what: 'net.core.wmem_default',
      problem: /^is 212992: .* skipped$/,
      command: 'sysctl -w net.core.wmem_default=1048576',
      isLimit: true,
    },
  ])
})

t.test('what a shell alone takes keeps nobody from the rest', async (t) => {
  const [finding, ...others] = found(t, { lacks: ['nsenter'] })
  t.same(others, [])
  t.match(finding, { what: 'nsenter', problem: "is not installed: 'shell' enters its pod by it", isLimit: true })
  t.match(describeLack(finding === undefined ? [] : [finding], { isRoot: true, ...machine(t) }).at(-1), /util-linux$/)
})

t.test('another system than Linux lacks all there is', async (t) => {
  t.match(inspect(['nft'], { ...machine(t), platform: 'darwin' }), [{ what: 'darwin', hint: /Linux/ }])
})

t.test('one command mends everything that a command mends', async (t) => {
  const { folders } = machine(t)
  const lists = join(folders[0] ?? '', 'lists')
  const findings = found(t, {
    lacks: ['newuidmap', 'iptables-nft-save', 'iptables-legacy-save'],
    files: { '/etc/subuid': '', '/etc/subgid': '' },
  })
  t.same(
    describeLack(findings, { isRoot: false, folders, lists }).at(-1),
    [
      "mend with: sudo sh -c 'apt-get install -y --no-install-recommends iptables uidmap",
      'usermod --add-subuids 100000-165535 ann',
      "usermod --add-subgids 100000-165535 ann'",
    ].join(' && '),
  )
})

t.test('where apt has no lists of packages they are fetched first', async (t) => {
  const { folders } = machine(t)
  const findings = found(t, { lacks: ['newuidmap'] })
  t.same(describeLack(findings, { isRoot: true, folders, lists: '/proc/self/map_files/none' }), [
    'newuidmap is not installed',
    'mend with: apt-get update && apt-get install -y --no-install-recommends uidmap',
  ])
})

t.test('doctor puts it in words', async (t) => {
  const { folders } = machine(t)
  const system = { platform: 'linux', release: '6.18', node: 'v24.21.0', isRoot: false }
  const place = { ...system, folders, lists: join(folders[0] ?? '', 'lists') }
  t.equal(
    diagnosis(found(t, { lacks: ['iptables-nft-save'] }), place),
    `Linux 6.18, Node v24.21.0, without root
iptables-nft: cannot run
iptables-legacy: can run
iptables-nft-save is not installed
mend with: sudo apt-get install -y --no-install-recommends iptables
1 thing is missing
`,
  )
  t.match(
    diagnosis(found(t, { files: { '/proc/sys/net/core/wmem_default': '1\n' } }), place),
    /nft: can run\n(.*\n)*nothing is missing\n$/,
  )
  t.equal(
    diagnosis(inspect(['nft'], { ...machine(t), platform: 'darwin' }), {
      ...place,
      platform: 'darwin',
      release: '25.1.0',
    }),
    `darwin 25.1.0, Node v24.21.0
darwin has no network namespaces and no iptables; run it on Linux, such as in a virtual machine
without Linux these run, and say what the model says: collect, explain, find, findings, init, list, merge, repro, rules
`,
  )
})
