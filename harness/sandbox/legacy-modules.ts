import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'

/**
 * The modules that iptables-legacy has modprobe(8) load where they are not there, and the file by which each is known
 * (iptables(8), --modprobe).
 */
const modules = { ip_tables: '/proc/net/ip_tables_names', ip6_tables: '/proc/net/ip6_tables_names' } as const

let loaded: Promise<void> | undefined

/**
 * Has the machine's root load what iptables-legacy would load itself if it were given every capability; all other
 * modules the kernel loads when they are asked for. Nothing is said where that fails: iptables says what it lacks, and
 * better.
 */
export function haveLegacyModules(): Promise<void> {
  loaded ??= load()
  return loaded
}

async function load(): Promise<void> {
  const missing = Object.entries(modules).flatMap(([name, file]) => (existsSync(file) ? [] : [name]))
  if (missing.length === 0) return
  const modprobe = spawn('modprobe', ['-a', '-q', ...missing], {
    stdio: 'ignore',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  })
  await once(modprobe, 'exit').catch(() => {})
}
