import { createHash } from 'node:crypto'

/** File systems take 255 bytes. */
const longest = 180

/**
 * A check's id as the name of one folder: it cannot lead out of its parent, and no two ids share a name.
 * @param repetition how often the check has run before.
 */
export function folderName(id: string, repetition: number): string {
  const plain = id
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .replace(/^\.+/, '_')
    .slice(0, longest)
  const hash = createHash('sha256').update(id).digest('hex').slice(0, 8)
  return `${plain}-${hash}${repetition === 0 ? '' : `.${repetition + 1}`}`
}
