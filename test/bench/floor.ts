import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checksPerSecond } from './checks-per-second.ts'

/** Why the kernel's own speed cannot be measured here, if that is so: it takes a C compiler. */
export const noCompiler = spawnSync('cc', ['--version']).status === 0 ? undefined : "there is no 'cc'"

/** Loopback answers for all of the network that `floor.c` dials; nothing of it is outside of a namespace of its own. */
const within = `ip link set lo up
ip route add local 10.1.0.0/16 dev lo
iptables-nft -t nat -A OUTPUT -p tcp --dport 80 -j REDIRECT --to-ports 15001
exec "$1" 1`

/** Connections a second that one thread in C redirects, accepts, and reads the original destination of (`floor.c`). */
function connectionsPerSecond(): number {
  const folder = mkdtempSync(join(tmpdir(), 'sidetrack-bench-'))
  try {
    const program = join(folder, 'floor')
    succeed('cc', ['-O2', '-o', program, join(import.meta.dirname, 'floor.c')])
    return Number(succeed('unshare', ['--net', 'sh', '-ec', within, 'sh', program]))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function succeed(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command}: ${stderr}`)
  return stdout
}

/** Checks a second as a share of what the kernel alone does in the same minute, so that machines can be compared. */
export async function shareOfFloor(): Promise<number> {
  const checks = await checksPerSecond()
  return checks / connectionsPerSecond()
}
