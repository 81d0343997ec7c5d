import { HarnessError } from '../../core/errors.ts'
import type { Backend } from '../../flow/backend.ts'
import { type Finding, inspect } from '../../sys/machine/capabilities.js'
import { describeLack } from '../../sys/machine/lack.js'

/** Why nothing can be sent on this system at all; undefined on Linux. @param platform `process.platform` */
export function withoutLinux(platform: string = process.platform): string | undefined {
  return platform === 'linux' ? undefined : `${platform} has no network namespaces and no iptables`
}

/**
 * Looks whether pods can stand here, before anything is started for them.
 * @param backends those that are to load rules. @param instead what to do where the machine cannot be mended.
 * @throws HarnessError (`machine`) with all that is missing and the command that mends it.
 */
export function requireMachine(backends: readonly Backend[], instead?: string): void {
  requireNone(
    inspect(backends).filter(({ isLimit }) => !isLimit),
    instead,
  )
}

/** Looks whether a pod can be entered. @throws HarnessError (`machine`) as `requireMachine` does. */
export function requireShell(): void {
  requireNone(inspect([]).filter(({ tools = [] }) => tools.some((tool) => tool.for === 'shell')))
}

function requireNone(lack: readonly Finding[], instead?: string): void {
  if (lack.length === 0) return
  const told = describeLack(lack, { isRoot: process.getuid?.() === 0 })
  const message = `this machine cannot run it: ${told.join('; ')}`
  throw new HarnessError('machine', message, instead === undefined ? {} : { hint: instead })
}
