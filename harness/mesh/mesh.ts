import type { Family } from '../core/address.ts'
import type { InitContainer } from '../flow/init-container.ts'
import type { RuleText } from '../flow/ruleset.ts'
import type { Profile } from './profile.ts'

/** What a rule builder is asked: `sidetrack.config/1` on an external builder's standard input. */
export interface BuildRequest {
  schema: 'sidetrack.config/1'
  mesh: string
  /** The mesh's own field names, flat. */
  config: Readonly<Record<string, unknown>>
  podAnnotations: Readonly<Record<string, string>>
  podIPs: readonly string[]
  family: Family
  /**
   * What `iptables-save` prints of the pod now, where the rules are applied once more: idempotent builders read it
   * first.
   */
  current?: string
}

/** What a profile depends on beside the release. */
export type ProfileRequest = Pick<BuildRequest, 'config' | 'podAnnotations' | 'podIPs'>

/**
 * For each option the values at whose edges something changes: what generated configs are made of. Each of them is
 * valid by itself.
 */
export interface OptionDomains {
  config: Readonly<Record<string, readonly unknown[]>>
  podAnnotations: Readonly<Record<string, readonly string[]>>
}

/** A container, or init container, of a pod in Kubernetes. */
export interface PodContainer {
  name: string
  /** Of its `securityContext`. */
  runAsUser?: number
  runAsGroup?: number
}

/** What Sidetrack knows of a mesh whoever makes its rules. */
export interface MeshPromise {
  name: string
  /** As people write it. */
  title: string
  /** Releases whose promise is known, oldest first; one that is empty where releases are not told apart. */
  releases: readonly string[]
  /**
   * What its listeners are called, in any release and under any config: those that capture traffic, and its other
   * ports.
   */
  names: { listeners: readonly string[]; ports: readonly string[] }
  /** How the names of its chains begin, by which rules are known as its own. */
  chains?: readonly string[]
  /**
   * Configs under which the proxy differs, the plainest first, to be tried where rules say nothing of theirs; by
   * default the empty one.
   */
  variants?: readonly Partial<ProfileRequest>[]
  /**
   * Proxies that it has in other modes, or had in releases older than those: only rules tell of them. They are tried
   * where no variant fits.
   */
  others?(request: ProfileRequest): readonly Profile[]
  /**
   * @param request what the promise depends on; without it, that of an empty config.
   * @throws HarnessError (`input`) if no known release is meant by this version.
   */
  profile(release: string, request?: ProfileRequest): Profile
  /**
   * The flat config that a Kubernetes object, or another file that people configure the mesh by, holds; undefined of
   * what is none of the mesh's.
   * @throws HarnessError (`input`) naming the field if it is one, and says what the mesh does not read.
   */
  configOf?(object: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined
  /** What the containers of a pod that is injected tell of the config, which no object of the mesh's says. */
  configOfPod?(containers: readonly PodContainer[]): Readonly<Record<string, unknown>>
}

/** A mesh whose rule builders are built in. */
export interface Mesh extends MeshPromise {
  /**
   * The text that the mesh's init container would run for this config: a restore payload or a command chain.
   * @throws HarnessError (`input`) naming option, value and reason.
   */
  build(release: string, request: BuildRequest): string
  /** Whether a release looks at what stands in the pod first, and leaves its own rules as they are. */
  looksFirst?(release: string): boolean
  /**
   * The init container with which this release applies rules, its own or a stranger's; undefined where a pod has none,
   * or one whose rules depend on more than its arguments.
   * @throws HarnessError (`input`) if the config is none of the mesh's.
   */
  initContainer(release: string, rules: RuleText, request: ProfileRequest): InitContainer | undefined
  /**
   * Checks what a config says without building anything: unknown options are refused, options that have nothing to do
   * with interception are accepted, foreign annotations ignored.
   * @throws HarnessError (`input`) naming option, value and reason.
   */
  validate(release: string, request: Pick<BuildRequest, 'config' | 'podAnnotations'>): void
  /**
   * What the options of this release that decide about interception may be. @throws HarnessError (`input`) if it is not
   * built in.
   */
  domains(release: string): OptionDomains
  /**
   * What the mesh takes and what then does not do what it says, a sentence each: a value that makes a rule which does
   * not load, or none; an option that this release does not read.
   * @throws HarnessError (`input`) as `validate` does.
   */
  warnings?(release: string, request: Pick<BuildRequest, 'config' | 'podAnnotations'>): string[]
}
