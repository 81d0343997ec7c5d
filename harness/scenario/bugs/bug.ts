/**
 * What has become of a bug: `fixed`, a later release of the mesh has other rules; `avoidable`, the mesh's own options
 * lead around it; `open`, neither, so the mended rules are nobody's but ours.
 */
export const bugStates = ['fixed', 'avoidable', 'open'] as const
type BugState = (typeof bugStates)[number]

/** What a bug file says beside its two scenarios. */
export interface BugReport {
  /** `istio/istio#27202`, or an address of the web. */
  reports: readonly string[]
  /** The change by which it was mended. */
  fixedBy?: string
  /** What went wrong, in one sentence. */
  says: string
  state: BugState
}

/** What the ids of a bug file's checks begin with. */
export const bugGroup = 'bugs'
