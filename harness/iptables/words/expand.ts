import { isIPv4 } from 'node:net'
import { inputError } from '../../core/errors.ts'
import type { Family } from '../../core/address.ts'

/** What the init container's shell would know when it reads rule text. */
export interface Variables {
  family: Family
  /** The pod's addresses; `$POD_IP` is the first one of the family. */
  podIPs: readonly string[]
}

/** `line 3, column 5`: where in a text something is. The caller puts the text's name in front. */
export function place(line: number, column?: number): string {
  return column === undefined ? `line ${line}` : `line ${line}, column ${column}`
}

/** What is not read: a shell would look up variables and run commands that only the init container has. */
const expansion = /\$(?:POD_IP(?![A-Za-z0-9_])|\{POD_IP\})|[$`]/g

/**
 * Puts the pod's address in the place of `$POD_IP` and `${POD_IP}`.
 * @param indent by how many characters the line is indented where it was found.
 * @throws HarnessError (`input`) at any other `$` or backtick, and if the pod has no address of the family.
 */
export function expandLine(text: string, line: number, variables: Variables, indent = 0): string {
  return text.replace(expansion, (found, offset: number) => expandOne(found, line, indent + offset + 1, variables))
}

/** @param found what `expansion` matches. */
function expandOne(found: string, line: number, column: number, { family, podIPs }: Variables): string {
  if (found.length === 1)
    throw inputError(
      place(line, column),
      `'${found}' is not read, since no shell runs`,
      'only $POD_IP and ${POD_IP} are expanded',
    )
  const address = podIPs.find((candidate) => isIPv4(candidate) === (family === 'ipv4'))
  if (address === undefined)
    throw inputError(place(line, column), `${found} has no value, since no ${family} address of the pod is given`)
  return address
}

/** Reads an expansion at this offset, for a tokenizer. @returns its length in the text and what it stands for. */
export function expandAt(
  text: string,
  offset: number,
  line: number,
  column: number,
  variables: Variables,
): { length: number; value: string } {
  const pattern = new RegExp(expansion.source, 'y')
  pattern.lastIndex = offset
  const found = pattern.exec(text)?.[0] ?? ''
  return { length: found.length, value: expandOne(found, line, column, variables) }
}
