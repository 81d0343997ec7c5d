import type { RuleText } from '../../flow/ruleset.ts'
import type { BuildRequest, ProfileRequest } from '../../mesh/mesh.ts'
import type { Profile } from '../../mesh/profile.ts'
import type { Capture } from '../capture/capture.ts'

/** What names of users and groups in a source's rules have been found to stand for, so far. */
interface AccountsUsed {
  /** What names stand for, and who says so: a line each. Of root, which is 0 everywhere, there is nothing to say. */
  notes(): string[]
  /** Names that nobody knows, where those are kept: a line each. */
  unknown(): string[]
}

/** Where rules come from: a built-in builder, a file, an external program. */
export interface RuleSource {
  /** As the user wrote it: `osm@1.2`, `file:rules.txt`, `exec:./builder --flag`. */
  id: string
  /**
   * The proxy that the rules are for under a config, where the source is built in; without a config, that of an empty
   * one.
   */
  profile?: (request?: ProfileRequest) => Profile
  /** Where the source is built in: whether it leaves its rules as they are that stand in the pod already. */
  looksFirst?: boolean
  /** A `fixed` source is one ruleset, whatever the config. */
  kind: 'builder' | 'fixed'
  /**
   * Where it is a text that was copied from somewhere: what messages call it, what it speaks of, and what was done to
   * read it.
   */
  capture?: Pick<
    Capture,
    'families' | 'firstLine' | 'isAssumed' | 'notes' | 'passedOver' | 'unsaid' | 'pod' | 'locate'
  > & {
    name: string
  }
  /**
   * The rules for one config and family; undefined where the builder prints none. Equal requests are answered from
   * memory.
   * @param signal ends a builder that is at work.
   * @throws the signal's reason; HarnessError with fault `rules` if the source fails or prints what cannot be read,
   * `input` if the config or source is invalid.
   */
  rules(request: BuildRequest, signal?: AbortSignal): Promise<RuleText | undefined>
  /** What names of users and groups in its rules have been found to stand for. */
  accounts?: AccountsUsed
  /** The text itself, for `sidetrack rules`. */
  text(request: BuildRequest): Promise<string>
}
