import type { EndedInitContainer } from '../../flow/init-container.ts'

/** `osm-init (IMAGE): Error, exit code 4` and what it said. */
export function describeInitContainer(container: EndedInitContainer | undefined): string | undefined {
  if (container === undefined) return undefined
  const { name, image, reason, exitCode, log } = container
  const said = log.trim() === '' ? '' : `\n${log.trimEnd()}`
  return `${name} (${image}): ${reason}, exit code ${exitCode}${said}`
}
