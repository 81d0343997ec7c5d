import { readdir, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { HarnessError, inputError, inputIssues, type Issue } from '../../core/errors.ts'
import { readText } from '../../sys/files/read-text.ts'
import type { Scenario } from '../scenario.ts'
import { readBug } from './read-bug.ts'
import { limits } from './read-yaml.ts'

/** Whether a file's name is that of a bug file. */
export const isBugFile = (name: string): boolean => /\.ya?ml$/.test(name)

/**
 * The bug file at a path, or each one in a folder, in the order of their names, absolute.
 * @param name what messages call the path.
 * @throws HarnessError (`input`) if there is none.
 */
export async function bugFiles(path: string, name = path): Promise<string[]> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw inputError(name, 'no such file or folder')
  if (!found.isDirectory()) return [resolve(path)]
  const files = (await readdir(path)).filter(isBugFile).sort()
  if (files.length === 0) throw inputError(name, 'holds no bug file', 'their names end in .yaml')
  return files.map((file) => resolve(path, file))
}

/**
 * Reads bug files. They are data: nothing of them is run.
 * @throws HarnessError (`input`) with all that is wrong with any of them.
 */
export function loadBugs(files: readonly string[]): Scenario[] {
  const issues: Issue[] = []
  const scenarios = files.flatMap((file) => {
    const read = readFile(file)
    if ('scenarios' in read) return read.scenarios
    issues.push(...read.issues)
    return []
  })
  if (issues.length > 0) throw inputIssues(issues)
  return scenarios
}

function readFile(file: string): ReturnType<typeof readBug> {
  let text: string
  try {
    text = readText(file, file, { largest: limits.bytes })
  } catch (thrown) {
    if (!(thrown instanceof HarnessError) || thrown.fault !== 'input') throw thrown
    return {
      issues: [
        {
          file,
          what: thrown.message.replace(`${file}: `, ''),
          ...(thrown.hint !== undefined && { hint: thrown.hint }),
        },
      ],
    }
  }
  return readBug(file, text)
}
