import { isIPv4 } from 'node:net'
import type { Family } from '../../core/address.ts'
import { type Place, wrongAt } from './place.ts'

/** What the init container's shell would know when it reads rule text. */
export interface Variables {
  family: Family
  /** The pod's addresses; `$POD_IP` is the first one of the family. */
  podIPs: readonly string[]
}

/** What is not read: a shell would look up variables and run commands that only the init container has. */
const expansion = /\$(?:POD_IP(?![A-Za-z0-9_])|\{POD_IP\})|[$`]/g

/**
 * Puts the pod's address in the place of `$POD_IP` and `${POD_IP}`.
 * @param indent by how many characters the line is indented where it was found.
 * @throws HarnessError (`input`) at any other `$` or backtick, and if the pod has no address of the family.
 */
export function expandLine(text: string, line: number, variables: Variables, indent = 0): string {
  return text.replace(expansion, (found, offset: number) =>
    expandOne(found, { line, column: indent + offset + 1 }, variables),
  )
}

/** @param found what `expansion` matches. */
function expandOne(found: string, at: Place, { family, podIPs }: Variables): string {
  if (found.length === 1)
    throw wrongAt(at, `'${found}' is not read, since no shell runs`, 'only $POD_IP and ${POD_IP} are expanded')
  const address = podIPs.find((candidate) => isIPv4(candidate) === (family === 'ipv4'))
  if (address === undefined) throw wrongAt(at, `${found} has no value, since no ${family} address of the pod is given`)
  return address
}

/** Reads an expansion at this offset, for a tokenizer. @returns its length in the text and what it stands for. */
export function expandAt(
  text: string,
  offset: number,
  at: Place,
  variables: Variables,
): { length: number; value: string } {
  const pattern = new RegExp(expansion.source, 'y')
  pattern.lastIndex = offset
  const found = pattern.exec(text)?.[0] ?? ''
  return { length: found.length, value: expandOne(found, at, variables) }
}
