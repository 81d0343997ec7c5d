import { type Family, families } from '../../core/address.ts'
import { asHarnessError } from '../../core/errors.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import type { ProfileRequest } from '../../mesh/mesh.ts'
import type { Profile } from '../../mesh/profile.ts'
import { currentAfter, loadedAs } from '../../run/predict/loaded-as.ts'
import { PodAddresses } from '../../run/plan/pod-addresses.ts'
import { refuseSharedState } from '../../run/plan/shared-state.ts'
import type { GateConfig } from './config.ts'
import type { GateSource } from './sides.ts'

/** What one side makes for a config. */
export interface Made {
  texts: readonly RuleText[]
  profile: Profile
  /** Equal ones stand for rules that load as the same, for the same proxy. */
  key: string
}

/** What one side answers: rules, or why it makes none, by family where that is one's own. */
export type Asked = Made | { failed: string; fault: 'rules' | 'input' }

/**
 * Asks one side for the rules of a config, in each family that the mesh captures.
 * @param current what stands in the pod already, as iptables-save prints it.
 * @throws the signal's reason; HarnessError where it is neither the source's fault nor that of the config.
 */
export async function askSide(
  { source, profile: profileUnder }: GateSource,
  { config, podAnnotations, podIPs: own = families }: GateConfig,
  signal?: AbortSignal,
  current?: Readonly<Record<Family, string>>,
): Promise<Asked> {
  const { podIPs } = PodAddresses.of({ interfaces: [], inner: false, services: [], closed: [], podIPs: own })
  const asked = { config, podAnnotations, podIPs }
  try {
    const profile = profileOf(profileUnder, asked)
    const request = { schema: 'sidetrack.config/1' as const, mesh: profile.mesh, ...asked }
    const wanted = source.kind === 'fixed' ? families : profile.families
    const answers = await Promise.all(
      wanted.map((family) =>
        source.rules({ ...request, family, ...(current && { current: current[family] }) }, signal),
      ),
    )
    const texts = answers.filter((text) => text !== undefined)
    refuseSharedState(texts, source.id)
    return { texts, profile, key: keyOf(texts, profile) }
  } catch (thrown) {
    signal?.throwIfAborted()
    const error = asHarnessError(thrown)
    // What a built-in source does not make is refused as input; of any other that is a program which cannot be started,
    // or rules that act on the machine.
    const fault = error.fault === 'input' && source.profile === undefined ? undefined : error.fault
    if (fault !== 'rules' && fault !== 'input') throw error
    return { failed: error.line.replace(`${source.id}: `, ''), fault }
  }
}

const keyOf = (texts: readonly RuleText[], profile: Profile): string =>
  JSON.stringify([families.map((family) => loadedAs(texts, family)), profile])

/**
 * What one side makes of a config where its rules are applied twice: a program is asked again, with what stands there
 * by then, and of any other source the same rules are applied once more.
 * @param first what it has made for the first application. @returns undefined where nothing can be applied to that.
 */
export async function askAgain(
  side: GateSource,
  config: GateConfig,
  first: Asked,
  signal?: AbortSignal,
): Promise<Asked | undefined> {
  if ('failed' in first) return undefined
  const current = currentAfter(first.texts)
  if (current === undefined) return undefined
  const second = isProgram(side) ? await askSide(side, config, signal, current) : first
  if ('failed' in second) return { ...second, failed: `${second.failed} (asked again, with \`current\`)` }
  const { profile } = first
  // Policy routing is set up once.
  const texts = [...first.texts, ...second.texts.map(({ routing: _, ...text }): RuleText => text)]
  return { texts, profile, key: keyOf(texts, profile) }
}

/** What somebody else has written, and may answer otherwise the second time. */
export const isProgram = ({ source }: Pick<GateSource, 'source'>): boolean =>
  source.kind === 'builder' && source.profile === undefined

/**
 * Whose proxy stands there. A config that the mesh refuses has none of its own; what a source that is not the mesh's makes
 * of it is compared beside the proxy that the mesh has without any config.
 */
function profileOf(under: GateSource['profile'], asked: ProfileRequest): Profile {
  try {
    return under(asked)
  } catch (thrown) {
    if (asHarnessError(thrown).fault !== 'input') throw thrown
    return under({ ...asked, config: {}, podAnnotations: {} })
  }
}

/** Of which families there are rules. */
export const familiesOf = ({ texts }: Made): Family[] =>
  families.filter((family) => texts.some((text) => text.family === family))
