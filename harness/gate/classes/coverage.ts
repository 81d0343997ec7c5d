import { plural } from '../../core/plural.ts'
import { AgainCoverage } from './again-coverage.ts'
import type { Compared } from './compare.ts'
import type { GateConfig } from '../compared/config.ts'
import type { Topology } from '../compared/topology.ts'

/** How many reasons are named. */
const mostNamed = 5

/** How far two sides have been compared. */
export class Coverage {
  /** Configs that both sides were asked for. */
  readonly configs: number
  /** Configs of which both sides' rules load as the same. */
  same = 0
  /** Configs for which neither side makes rules, and why the candidate makes none for one of them. */
  failing = 0
  whyFailing: string | undefined
  /** Configs for which one side alone makes rules, which is told as a change. */
  oneSided = 0
  /** There is no baseline yet: the configs that the candidate alone makes rules for. */
  alone: number | undefined
  /** Configs whose rules neither side can load, by name and backend. */
  readonly rejected: string[] = []
  /** Configs whose rules this machine cannot load, by name and backend, and checks of the suite, for each reason. */
  readonly #skipped = new Map<string, { names: Set<string>; checks: number }>()
  /** Classes of flows that the model compared, over all configs and backends. */
  classes = 0
  /** Classes that it cannot judge. */
  unjudged = 0
  /** Rules that it cannot judge, and flows that were sent around their constants. */
  readonly around = { rules: 0, flows: 0 }
  /** Flows that the kernel was asked about, once for each side. */
  flows = 0
  /** Witnesses that others stand for, which go by the same rules on either side. */
  held = 0
  /** Classes that the model tells apart, and the kernel does not. */
  refuted = 0
  /** Witness flows that nobody could send, since their source port was taken. */
  unsent = 0
  readonly again = new AgainCoverage()
  /** Configs whose rules have been compared beside firewalls as well. */
  beside = 0
  /** A side is a program, which may answer otherwise the second time, and nobody looked. */
  isOnceOnly = false
  /** Checks of the suite that were compared, and those that were not since both sides' rules are the same. */
  suite?: { compared: number; same: number }
  /** Configs and backends of which the model did not compare all. */
  readonly part: string[] = []
  /** Why the model cannot tell what becomes of some flows, and in how many comparisons. */
  readonly unknown = new Map<string, number>()
  /** What the model does not know, and what makes no difference between the two sides. */
  readonly alike = new Set<string>()
  readonly #missing = new Set<string>()
  readonly #unread = new Set<string>()
  readonly #otherProtocols = new Set<string>()

  constructor(configs: number) {
    this.configs = configs
  }

  count(
    { classes, unjudged, unsent, around, alike, unknown, isPart, unread = [], otherProtocols = [] }: Compared,
    { name }: GateConfig,
    backend: string,
  ): void {
    this.classes += classes
    this.unjudged += unjudged
    this.unsent += unsent
    this.around.rules += around.rules
    this.around.flows += around.flows
    for (const why of alike) this.alike.add(why)
    for (const why of unread) this.#unread.add(why)
    for (const protocol of otherProtocols) this.#otherProtocols.add(protocol)
    if (isPart) this.part.push(`${name} ${backend}`)
    for (const why of unknown.keys()) this.unknown.set(why, (this.unknown.get(why) ?? 0) + 1)
  }

  missing({ missing }: Pick<Topology, 'missing'>): void {
    for (const name of missing) this.#missing.add(name)
  }

  /**
   * What this machine has too narrow bounds for.
   * @param name of a config and backend; without one, it is a check of the suite.
   */
  skip(why: string, name?: string): void {
    const skipped = this.#skipped.get(why) ?? { names: new Set(), checks: 0 }
    this.#skipped.set(why, skipped)
    if (name === undefined) skipped.checks += 1
    else skipped.names.add(name)
  }

  /** A line for each reason. */
  get skipped(): string[] {
    return [...this.#skipped].map(([why, { names, checks }]) => {
      const what = [
        ...(names.size > 0 ? [listed([...names])] : []),
        ...(checks > 0 ? [`${plural(checks, 'check')} of the suite`] : []),
      ]
      return `not compared: ${what.join(', and ')}: ${why}`
    })
  }

  /** Whether the model has compared everything that was asked. */
  get isWhole(): boolean {
    const left = [
      this.part.length,
      this.rejected.length,
      this.#skipped.size,
      this.unknown.size,
      this.#missing.size,
      this.#unread.size,
      this.#otherProtocols.size,
    ]
    return this.alone === undefined && this.unsent === 0 && left.every((count) => count === 0)
  }

  /** What was compared and what not, a line each. @param apart how many classes differ. */
  lines(apart: number): string[] {
    const { configs, same, failing, oneSided, classes, flows, refuted, suite, part, unknown, around } = this
    if (this.alone !== undefined) return [`${plural(configs, 'config')}: the candidate makes rules for ${this.alone}`]
    const other = configs - same - failing - oneSided
    return [
      `${plural(configs, 'config')}: ${[
        ...(same > 0 ? [`${same} with the same rules on both sides`] : []),
        ...(failing > 0
          ? [
              `${failing} for which neither side makes rules${this.whyFailing === undefined ? '' : ` (${this.whyFailing})`}`,
            ]
          : []),
        ...(oneSided > 0 ? [`${oneSided} for which one side makes none`] : []),
        ...(other > 0 || same + failing + oneSided === 0 ? [`${other} compared`] : []),
      ].join(', ')}`,
      ...this.again.lines(),
      ...(this.beside > 0
        ? [`connections are tracked otherwise for ${plural(this.beside, 'config')}: compared beside firewalls as well`]
        : []),
      ...(this.isOnceOnly ? ['not compared: a second application, since one side is a text of what stands'] : []),
      ...(classes > 0 ? [`${classesText(classes)} compared, ${apart === 0 ? 'none' : apart} apart`] : []),
      ...(this.unjudged > 0
        ? [
            `${classesText(this.unjudged)} not judged, for ${plural(around.rules, 'rule')}: ${plural(around.flows, 'flow')} driven around ${around.rules === 1 ? 'its' : 'their'} constants`,
          ]
        : []),
      ...(flows > 0
        ? [
            `${plural(flows, 'witness flow')} sent through both sides' rules${this.held > 0 ? `; the other ${this.held} go by the same rules as some of these` : ''}`,
          ]
        : []),
      ...(suite === undefined
        ? []
        : [
            `${plural(suite.compared, 'check')} of the suite sent through both${suite.same > 0 ? `, ${suite.same} left out: both sides' rules are the same` : ''}`,
          ]),
      ...(refuted > 0 ? [`${refuted} of them are apart in the model alone: the kernel treats them alike`] : []),
      ...(this.unsent > 0
        ? [`${plural(this.unsent, 'witness flow')} not compared: somebody listens on the port that it has to come from`]
        : []),
      ...(part.length > 0
        ? [
            `not all classes were compared of ${listed(part)}: flows around the rules' constants were sent in their place`,
          ]
        : []),
      ...[...unknown.keys()]
        .slice(0, mostNamed)
        .map((why) => `not judged by the model: ${why}; flows around the rules' constants were sent in its place`),
      ...(unknown.size > mostNamed ? [`and ${unknown.size - mostNamed} more reasons`] : []),
      ...[...this.alike]
        .filter((why) => !unknown.has(why))
        .slice(0, mostNamed)
        .map((why) => `not known to the model, and alike on both sides whatever the answer: ${why}`),
      ...[...this.#unread].slice(0, mostNamed).map((why) => `not compared by the model: ${why}`),
      ...(this.#otherProtocols.size > 0
        ? [`not compared: flows of protocol ${listed([...this.#otherProtocols])}, for which there are rules`]
        : []),
      ...(this.rejected.length > 0
        ? [`not compared: ${listed(this.rejected)}, where the rules of both sides are rejected`]
        : []),
      ...this.skipped,
      ...(this.#missing.size > 0 ? [`not compared: what comes in or goes out by ${listed([...this.#missing])}`] : []),
    ]
  }
}

const classesText = (count: number): string => plural(count, 'class', 'classes')

export function listed(names: readonly string[]): string {
  const more = names.length - mostNamed
  return [...names.slice(0, mostNamed), ...(more > 0 ? [`${more} more`] : [])].join(', ')
}
