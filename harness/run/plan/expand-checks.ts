import { families as allFamilies, type Family } from '../../core/address.ts'
import type { Backend } from '../../flow/backend.ts'
import { formatFlow } from '../../flow/flow.ts'
import { type Credentials, credentialsOf } from '../../flow/identity.ts'
import type { Profile } from '../../mesh/profile.ts'
import { fileId, groupOf } from '../../scenario/load.ts'
import type { ExpectedFlow, Scenario } from '../../scenario/scenario.ts'
import type { Check, ExpectedLoading } from '../checks/check.ts'
import type { Selection } from '../checks/options.ts'

/**
 * The checks of a scenario in one place: each of its flows for each family that it speaks of, as far as these are
 * selected.
 */
export function expandChecks(
  scenario: Scenario,
  { backend, image }: { backend: Backend; image: string | undefined },
  profile: Profile,
  proxy: Credentials,
  { families }: Selection,
): Check[] {
  const checks: Check[] = []
  const prefix = `${groupOf(scenario)}/${fileId(scenario)}/${slug(scenario.title)}`
  const loading = loadingOf(scenario)
  const common = { scenario, backend }
  const suffix = image === undefined ? '' : `/${image}`
  if (loading !== undefined) {
    const family = profile.families[0] ?? 'ipv4'
    const { location } = scenario
    checks.push({ ...common, id: `${prefix}/rules/${backend}/${family}${suffix}`, location, family, expected: loading })
  }
  for (const { flow, expected, location } of scenario.flows) {
    const credentials = credentialsOf(flow.identity, proxy)
    for (const family of familiesOf(
      { flow, expected, location },
      scenario.families ?? profile.families.filter((family) => scenario.podIPs.includes(family)),
    )) {
      const id = `${prefix}/${formatFlow(flow)}/${backend}/${family}${suffix}`
      checks.push({ ...common, id, location, family, flow, credentials, expected })
    }
  }
  return checks.filter(({ family }) => families === undefined || families.includes(family))
}

/** What a scenario expects of loading its rules, beyond what its flows need anyway. */
function loadingOf({ rejected, applyTimes }: Scenario): ExpectedLoading | undefined {
  if (rejected !== undefined) return { applies: 'rejected', ...rejected }
  return applyTimes > 1 ? { applies: 'accepted', times: applyTimes } : undefined
}

function familiesOf({ flow }: ExpectedFlow, symbolic: readonly Family[]): readonly Family[] {
  const { destination } = flow
  return destination.kind === 'literal'
    ? [destination.family]
    : allFamilies.filter((family) => symbolic.includes(family))
}

/** A title as a part of an id: no slash, no space. */
function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^-|-$/g, '')
}
