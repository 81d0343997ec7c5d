import type { Backend } from '../../flow/backend.ts'
import type { ProfileRequest } from '../../mesh/mesh.ts'
import type { Profile } from '../../mesh/profile.ts'
import type { RuleSource } from '../../source/rules/source.ts'

/** What is compared, and with what. */
export const sideNames = ['baseline', 'candidate'] as const
export type SideName = (typeof sideNames)[number]

/** One of a kind for each side. */
export type Sides<T> = Readonly<Record<SideName, T>>

export const onSides = <T>(make: (side: SideName) => T): Sides<T> => ({
  baseline: make('baseline'),
  candidate: make('candidate'),
})

export async function onBothSides<T>(make: (side: SideName) => Promise<T>): Promise<Sides<T>> {
  const [baseline, candidate] = await Promise.all([make('baseline'), make('candidate')])
  return { baseline, candidate }
}

/** Whose rules stand on one side, and whose proxy is there. */
export interface GateSource {
  source: RuleSource
  /** The proxy under a config. */
  profile(request: ProfileRequest): Profile
}

/** Which backend loads the rules on either side. */
export type BackendPair = Sides<Backend>

/** `nft`, or `nft-legacy` where the two sides have different ones: as ids have it. */
export const backendText = ({ baseline, candidate }: BackendPair): string =>
  baseline === candidate ? baseline : `${baseline}-${candidate}`
