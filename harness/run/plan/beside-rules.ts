import { families } from '../../core/address.ts'
import type { Backend } from '../../flow/backend.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import { textSource } from '../../source/rules/text.ts'
import type { PodAddresses } from './pod-addresses.ts'
import type { PodJob } from '../checks/pod-job.ts'
import { requestOf } from './request.ts'

/** Texts that a scenario has beside its mesh's rules, as they are loaded before and after those. */
export interface BesideRules {
  before: RuleText[]
  after: RuleText[]
}

const other: Readonly<Record<Backend, Backend>> = { nft: 'legacy', legacy: 'nft' }

/**
 * Reads what a scenario has beside its mesh's rules.
 * @throws HarnessError (`input`) naming the scenario's place, the field, and line and column in its text.
 */
export async function besideRules(
  { scenario, backend }: Pick<PodJob, 'scenario' | 'backend'>,
  addresses: PodAddresses,
): Promise<BesideRules> {
  const { beside = {}, cleanUp, location, mesh } = scenario
  const read = async (field: string, text: string | undefined): Promise<RuleText[]> => {
    if (text === undefined) return []
    const source = textSource(field, `${location.file}:${location.line}, ${field}`, text)
    const request = { schema: 'sidetrack.config/1' as const, mesh, ...requestOf(scenario, addresses) }
    const texts = await Promise.all(families.map((family) => source.rules({ ...request, family })))
    return texts.filter((found) => found !== undefined)
  }
  const [elsewhere, before, after, last] = await Promise.all([
    read('beside.otherBackend', beside.otherBackend),
    read('beside.before', beside.before),
    read('beside.after', beside.after),
    read('cleanUp', cleanUp),
  ])
  return {
    before: [...elsewhere.map((text): RuleText => ({ ...text, backend: other[backend] })), ...before],
    after: [...after, ...last],
  }
}
