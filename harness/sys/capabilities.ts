import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { type Backend, backends } from '../flow/backend.ts'
import { type Need, installCommand, missingTools, toolFolders } from './requirements.js'

/** One thing that this machine lacks. */
export interface Finding {
  /** What is not as it should be: a tool, a file, a kernel setting. */
  what: string
  problem: string
  /** The command that mends it, where one does. */
  command?: string
  /** What cannot be run because of it; without it, nothing can. */
  backend?: Backend
}

/** What this machine can run. */
export interface Capabilities {
  isRoot: boolean
  /** Backends whose tools are there. */
  backends: readonly Backend[]
  findings: readonly Finding[]
}

/** What capabilities are read from; tests put other machines in its place. */
export interface Machine {
  uid: number
  user: string
  /** Where tools are looked for. */
  folders: readonly string[]
  /** @returns a file's text, or undefined if it cannot be read. */
  read(file: string): string | undefined
}

/** The least number of UIDs a user namespace must map for the identities of scenarios: up to the proxy's, and nobody's. */
const neededIds = 65536

/** Looks at this machine without changing anything or starting any process. */
export function inspect(machine: Machine = thisMachine()): Capabilities {
  const isRoot = machine.uid === 0
  const findings = [
    ...missing(undefined, machine),
    ...backends.flatMap((backend) => missing(backend, machine)),
    ...(isRoot ? [] : rootless(machine)),
  ]
  const usable = backends.filter((backend) => !findings.some((finding) => finding.backend === undefined || finding.backend === backend))
  return { isRoot, backends: usable, findings }
}

function thisMachine(): Machine {
  return {
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

/** A container's UID may have no name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.())
  }
}

/** Tools that only this part needs; those that everything needs come with `undefined`. */
function missing(part: Need, { uid, folders }: Machine): Finding[] {
  const tools = missingTools([part], folders).filter((requirement) => requirement.for === part)
  if (tools.length === 0) return []
  const command = installCommand(tools, folders)?.join(' ')
  return [
    {
      what: tools.map(({ tool }) => tool).join(', '),
      problem: tools.length === 1 ? 'is not installed' : 'are not installed',
      ...(command && { command: sudo(uid, command) }),
      ...((part === 'nft' || part === 'legacy') && { backend: part }),
    },
  ]
}

/** What an ordinary user needs to make user namespaces that map more than one UID. */
function rootless(machine: Machine): Finding[] {
  return [
    ...missing('rootless', machine),
    ...['/etc/subuid', '/etc/subgid'].flatMap((file) => idRange(file, machine)),
    ...setting(machine, 'user.max_user_namespaces', (value) => value > 0, 'user namespaces are switched off', 15000),
    // Debian's and Ubuntu's kernels.
    ...setting(machine, 'kernel.unprivileged_userns_clone', (value) => value === 1, 'user namespaces are for root alone', 1),
    // Ubuntu from 23.10 on: without a profile of its own a program gets a user namespace without any capability.
    ...setting(
      machine,
      'kernel.apparmor_restrict_unprivileged_userns',
      (value) => value === 0,
      'AppArmor takes all capabilities away in user namespaces',
      0,
    ),
  ]
}

/** subuid(5): lines of NAME-OR-UID:START:COUNT. */
function idRange(file: string, { uid, user, read }: Machine): Finding[] {
  const ranges = (read(file) ?? '').split('\n').map((line) => line.split(':'))
  const count = ranges.filter(([owner]) => owner === user || owner === String(uid)).reduce((sum, [, , count]) => sum + Number(count), 0)
  if (count >= neededIds) return []
  const option = file === '/etc/subuid' ? '--add-subuids' : '--add-subgids'
  const problem = count === 0 ? `has no range for ${user}` : `gives ${user} only ${count} ids, and ${neededIds} are needed`
  return [{ what: file, problem, command: `sudo usermod ${option} 100000-${100000 + neededIds - 1} ${user}` }]
}

function setting({ read }: Machine, name: string, fits: (value: number) => boolean, problem: string, better: number): Finding[] {
  const text = read(`/proc/sys/${name.replaceAll('.', '/')}`)
  if (text === undefined || fits(Number(text))) return []
  return [{ what: name, problem: `is ${text.trim()}: ${problem}`, command: `sudo sysctl -w ${name}=${better}` }]
}

function sudo(uid: number, command: string): string {
  return uid === 0 ? command : `sudo ${command}`
}
