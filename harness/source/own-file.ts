import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { HarnessError } from '../core/errors.ts'
import { splitCommand } from './kinds/command-words.ts'

/**
 * The file that a source's rules come from: a ruleset's own, or the first word of a builder's command that names one.
 * @param text what `--rules` says.
 * @param directory the caller's.
 * @returns its absolute path; undefined where the rules come from no file of the caller's.
 */
export function ownFile(text: string, directory: string): string | undefined {
  const [, kind, rest = ''] = /^(file|exec):(.*)$/s.exec(text) ?? []
  if (kind === undefined) return undefined
  const words = kind === 'file' ? [rest] : wordsOf(text, rest)
  return words
    .map((word) => resolve(directory, word))
    .find((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
}

/** A program by its bare name is one on PATH, not a file here. */
function wordsOf(id: string, command: string): string[] {
  try {
    return splitCommand(id, command).filter((word) => word.includes('/') || word.includes('.'))
  } catch (error) {
    if (error instanceof HarnessError) return []
    throw error
  }
}
