import { type Family, families } from '../../core/address.ts'
import { asHarnessError } from '../../core/errors.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import type { ProfileRequest } from '../../mesh/mesh.ts'
import type { Profile } from '../../mesh/profile.ts'
import { loadedAs } from '../../run/predict/loaded-as.ts'
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
 * @throws the signal's reason; HarnessError where it is neither the source's fault nor that of the config.
 */
export async function askSide(
  { source, profile: profileUnder }: GateSource,
  { config, podAnnotations, podIPs: own = families }: GateConfig,
  signal?: AbortSignal,
): Promise<Asked> {
  const { podIPs } = PodAddresses.of({ interfaces: [], inner: false, services: [], closed: [], podIPs: own })
  const asked = { config, podAnnotations, podIPs }
  try {
    const profile = profileOf(profileUnder, asked)
    const request = { schema: 'sidetrack.config/1' as const, mesh: profile.mesh, ...asked }
    const wanted = source.kind === 'fixed' ? families : profile.families
    const answers = await Promise.all(wanted.map((family) => source.rules({ ...request, family }, signal)))
    const texts = answers.filter((text) => text !== undefined)
    refuseSharedState(texts, source.id)
    return { texts, profile, key: JSON.stringify([families.map((family) => loadedAs(texts, family)), profile]) }
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
