import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The version in the nearest package.json above: compiled files lie one folder deeper than their sources. */
export function version(folder: string = import.meta.dirname): string {
  const file = join(folder, 'package.json')
  if (!existsSync(file)) return version(dirname(folder))
  const { version: number } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return number
}
