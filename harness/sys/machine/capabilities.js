// Plain JavaScript: the set-up reads this with whatever Node is there, before anything is installed.
import { readFileSync } from 'node:fs'
import { missingTools, toolFolders } from './requirements.js'
import { readRanges, userName } from './subordinate-ids.js'

/**
 * @typedef {'nft' | 'legacy'} Backend
 *
 * One thing that this machine lacks.
 * @typedef {object} Finding
 * @property {string} what what is not as it should be: tools, a file, a kernel setting
 * @property {string} problem
 * @property {import('./requirements.js').Requirement[]} [tools] what is to be installed
 * @property {string} [command] what mends it, run as root, where a command on this machine does
 * @property {string} [hint] what mends it otherwise
 * @property {Backend} [backend] what cannot be run because of it; without it, nothing can
 * @property {true} [isLimit] most can be run all the same
 *
 * What capabilities are read from; tests put other machines in its place.
 * @typedef {object} Machine
 * @property {string} platform
 * @property {number} uid
 * @property {string} user
 * @property {readonly string[]} folders where tools are looked for
 * @property {(file: string) => string | undefined} read a file's text, or undefined if it cannot be read
 */

/**
 * The least number of IDs a user namespace must map for the identities of scenarios: up to the proxy's, and nobody's.
 */
const neededIds = 65536

/**
 * By their numbers (capabilities(7), linux/capability.h): pods, links, rules, raw sockets, other identities and their
 * ends.
 */
const neededCapabilities = {
  DAC_READ_SEARCH: 2,
  KILL: 5,
  SETGID: 6,
  SETUID: 7,
  NET_ADMIN: 12,
  NET_RAW: 13,
  SYS_ADMIN: 21,
}

/**
 * What iptables-nft has to send at once for the largest ruleset of the suite, 1,000 ranges in 366 kB, and what to set
 * in its place. The send buffer of its socket is net.core.wmem_default: more than that SO_SNDBUFFORCE gives to the
 * machine's root alone.
 */
const neededSendBuffer = 400_000
const betterSendBuffer = 1 << 20

/** What a container is to be started with for what it lacks in privilege. */
const containerOptions =
  'in a container, start that with --cap-add SYS_ADMIN --cap-add NET_ADMIN --cap-add DAC_READ_SEARCH --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined'

/**
 * Looks at this machine without changing anything or starting any process.
 * @param {readonly Backend[]} backends those that are to be used
 * @param {Machine} [machine]
 * @returns {Finding[]} all that it lacks
 */
export function inspect(backends = ['nft', 'legacy'], machine = thisMachine()) {
  if (machine.platform !== 'linux') {
    const hint = 'run it on Linux, such as in a virtual machine'
    return [{ what: machine.platform, problem: 'has no network namespaces and no iptables', hint }]
  }
  return [
    ...missing(undefined, machine),
    ...backends.flatMap((backend) => missing(backend, machine)),
    ...missing('shell', machine).map(ofShell),
    ...root(machine),
    ...(machine.uid === 0 ? privileges(machine) : rootless(machine, backends)),
  ]
}

/** @returns {Machine} */
function thisMachine() {
  return {
    platform: process.platform,
    uid: process.getuid?.() ?? -1,
    user: userName(),
    folders: toolFolders(),
    read: (file) => {
      try {
        return readFileSync(file, 'utf8')
      } catch {
        return undefined
      }
    },
  }
}

/**
 * Tools that only this part needs; those that everything needs come with `undefined`.
 * @param {import('./requirements.js').Need} part
 * @param {Machine} machine
 * @returns {Finding[]}
 */
function missing(part, { folders }) {
  const tools = missingTools([part], folders).filter((requirement) => requirement.for === part)
  if (tools.length === 0) return []
  const what = tools.map(({ tool }) => tool).join(', ')
  const problem = tools.length === 1 ? 'is not installed' : 'are not installed'
  return [{ what, problem, tools, ...((part === 'nft' || part === 'legacy') && { backend: part }) }]
}

/**
 * @param {Finding} finding
 * @returns {Finding}
 */
function ofShell({ problem, ...finding }) {
  return { ...finding, problem: `${problem}: 'shell' enters its pod by it`, isLimit: true }
}

/**
 * A mount namespace of one's own can be parted from the machine's only where the root folder is a mount.
 * @param {Machine} machine
 * @returns {Finding[]}
 */
function root({ read }) {
  const mounts = read('/proc/self/mountinfo')
  if (mounts === undefined) {
    return [{ what: '/proc', problem: 'is not mounted', command: 'mount -t proc proc /proc' }]
  }
  if (mounts.split('\n').some((line) => line.split(' ')[4] === '/')) return []
  const hint = 'outside of it, before chroot: mount --bind FOLDER FOLDER; or enter it by systemd-nspawn'
  return [{ what: '/', problem: 'is a folder that chroot has made the root, and no mount', hint }]
}

/**
 * What root may lack: in a container most of its privileges, in a user namespace all other IDs.
 * @param {Machine} machine
 * @returns {Finding[]}
 */
function privileges({ read }) {
  const effective = BigInt(
    `0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(read('/proc/self/status') ?? '')?.[1] ?? 'ffffffffffffffff'}`,
  )
  const lacking = Object.entries(neededCapabilities).filter(([, bit]) => ((effective >> BigInt(bit)) & 1n) === 0n)
  const names = lacking.map(([name]) => `CAP_${name}`).join(', ')
  return [
    ...(lacking.length === 0 ? [] : [{ what: 'root', problem: `lacks ${names}`, hint: containerOptions }]),
    ...['uid', 'gid'].flatMap((kind) => mappedIds(kind, read(`/proc/self/${kind}_map`))),
  ]
}

/**
 * @param {string} kind
 * @param {string | undefined} map lines of FIRST-INSIDE FIRST-OUTSIDE COUNT (user_namespaces(7))
 * @returns {Finding[]}
 */
function mappedIds(kind, map) {
  if (map === undefined) return []
  const count = map.split('\n').reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[2] ?? 0), 0)
  if (count >= neededIds) return []
  const hint = 'run it outside of that namespace; as an ordinary user it makes its own'
  const problem = `of this user namespace are only ${count}, and ${neededIds} are needed`
  return [{ what: `the ${kind.toUpperCase()}s`, problem, hint }]
}

/**
 * What an ordinary user needs to make user namespaces that map more than one UID.
 * @param {Machine} machine
 * @param {readonly Backend[]} backends
 * @returns {Finding[]}
 */
function rootless(machine, backends) {
  return [
    ...missing('rootless', machine),
    ...noNewPrivileges(machine),
    ...['/etc/subuid', '/etc/subgid'].flatMap((file) => idRange(file, machine)),
    ...setting(machine, 'user.max_user_namespaces', (value) => value > 0, 'user namespaces are switched off', 15000),
    // Debian's and Ubuntu's kernels.
    ...setting(
      machine,
      'kernel.unprivileged_userns_clone',
      (value) => value === 1,
      'user namespaces are for root alone',
      1,
    ),
    // Ubuntu from 23.10 on: without a profile of its own a program gets a user namespace without any capability.
    ...setting(
      machine,
      'kernel.apparmor_restrict_unprivileged_userns',
      (value) => value === 0,
      'AppArmor takes all capabilities away in user namespaces',
      0,
    ),
    ...(backends.includes('nft') ? sendBuffer(machine) : []),
  ]
}

/**
 * @param {Machine} machine
 * @returns {Finding[]}
 */
function noNewPrivileges({ read }) {
  if (!/^NoNewPrivs:\s*1$/m.test(read('/proc/self/status') ?? '')) return []
  const hint =
    'start it without what sets that, such as no-new-privileges of a container or NoNewPrivileges= of a service'
  return [
    { what: 'this process', problem: 'may gain no privileges (no_new_privs), so newuidmap cannot map its IDs', hint },
  ]
}

/**
 * @param {string} file
 * @param {Machine} machine
 * @returns {Finding[]}
 */
function idRange(file, { uid, user, read }) {
  const text = read(file)
  const count = readRanges(text ?? '', user, uid).reduce((sum, range) => sum + range.count, 0)
  if (count >= neededIds) return []
  const option = file === '/etc/subuid' ? '--add-subuids' : '--add-subgids'
  const problem =
    count === 0 ? `has no range for ${user}` : `gives ${user} only ${count} ids, and ${neededIds} are needed`
  const first = freeFrom(text ?? '')
  // usermod(8) refuses to make the file.
  const make = text === undefined ? `touch ${file} && ` : ''
  return [{ what: file, problem, command: `${make}usermod ${option} ${first}-${first + neededIds - 1} ${user}` }]
}

/**
 * @param {string} text subuid(5)
 * @returns the first ID that is in nobody's range, nor below the first one that useradd(8) would give
 */
function freeFrom(text) {
  const ends = text.split('\n').map((line) =>
    line
      .split(':')
      .slice(1)
      .reduce((sum, number) => sum + Number(number), 0),
  )
  return Math.max(100_000, ...ends.filter((end) => Number.isSafeInteger(end)))
}

/**
 * Only root may send the kernel a message of any size.
 * @param {Machine} machine
 * @returns {Finding[]}
 */
function sendBuffer(machine) {
  const problem = 'without root, iptables-nft cannot load the largest rulesets; their checks are skipped'
  const found = setting(
    machine,
    'net.core.wmem_default',
    (value) => value >= neededSendBuffer,
    problem,
    betterSendBuffer,
  )
  return found.map((finding) => ({ ...finding, isLimit: true }))
}

/**
 * @param {Machine} machine
 * @param {string} name
 * @param {(value: number) => boolean} fits
 * @param {string} problem
 * @param {number} better
 * @returns {Finding[]}
 */
function setting({ read }, name, fits, problem, better) {
  const text = read(`/proc/sys/${name.replaceAll('.', '/')}`)
  if (text === undefined || fits(Number(text))) return []
  return [{ what: name, problem: `is ${text.trim()}: ${problem}`, command: `sysctl -w ${name}=${better}` }]
}
