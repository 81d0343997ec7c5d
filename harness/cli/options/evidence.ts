import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { inputError } from '../../core/errors.ts'
import type { EvidenceKeeper } from '../../report/evidence/keeper.ts'
import { fromCaller, toCaller } from '../command/caller.ts'
import { oneOf, withDefault } from '../command/option.ts'

const moments = ['on-failure', 'always', 'never'] as const
type Moment = (typeof moments)[number]
const standardFolder = 'sidetrack-evidence'

/** The options that say whose evidence is kept, and where. */
export const evidenceOptions = {
  'keep-evidence': withDefault(
    'on-failure|always|never',
    'never',
    'writes a folder of evidence for each check that fails, or each',
    oneOf(moments),
  ),
  'evidence-folder': withDefault('DIR', standardFolder, 'where every run has a folder of its own', (text) => text),
}

/**
 * @returns undefined if nothing is to be kept.
 * @throws HarnessError (`input`) if the folder could not be written.
 */
export async function openEvidence(values: {
  'keep-evidence': Moment
  'evidence-folder': string
}): Promise<EvidenceKeeper | undefined> {
  if (values['keep-evidence'] === 'never') return undefined
  const folder = fromCaller(values['evidence-folder'])
  requireWritable(folder, `--evidence-folder ${values['evidence-folder']}`)
  const { EvidenceKeeper } = await import('../../report/evidence/keeper.ts')
  return new EvidenceKeeper(folder, toCaller)
}

/** The folder itself, or its nearest parent that exists. */
function requireWritable(folder: string, option: string): void {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found === undefined && dirname(folder) !== folder) return requireWritable(dirname(folder), option)
  if (found !== undefined && !found.isDirectory()) throw inputError(option, 'is no folder')
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw inputError(option, `cannot be written (${(error as NodeJS.ErrnoException).code})`, 'choose another folder')
  }
}
