import { threadMilliseconds } from '../core/thread-time.ts'
import { classOf, type FlowClass, type TellOptions } from './class-of.ts'
import type { Box } from './boxes/frame.ts'
import { Pieces } from './pieces.ts'
import { plainestOf } from './witness.ts'
import type { World } from './space/world.ts'

/** How far the classes go. */
export interface Coverage {
  /** How many classes there are. */
  classes: number
  /** What no class covers, since the budget was spent; empty where all of the space is covered. */
  left: readonly Box[]
  /** Which budget was spent, if one was. */
  spent?: keyof Budgets
  /** Why nothing is predicted of some flows (a rule that nobody here can judge), and of how many classes. */
  unknown: ReadonlyMap<string, number>
}

/** What an enumeration may take. */
export interface Budgets {
  /** How many classes are looked for. */
  classes: number
  /**
   * How long it may take, in milliseconds of this thread's CPU time: on a busy machine as many classes are found as on
   * an idle one.
   */
  milliseconds: number
  /**
   * How many classes are looked for of those that differ in little but which member of a large set they have: all by
   * default.
   */
  samples: number
}

/**
 * @property byRule whether the flows of a class also have the rules in common that decide (default). Without it, two
 * flows of a class may end alike by different rules, and there are fewer classes.
 */
export interface ClassOptions extends Partial<Budgets>, TellOptions {}

const most: Budgets = { classes: 20_000, milliseconds: 20_000, samples: Infinity }

/**
 * Cuts a space of flows up into classes that the model can tell apart in some world: it takes a flow, predicts it, and
 * finds all others that get the same answers from every condition that was asked on its way; then it goes on with the
 * rest.
 * @param worlds one ruleset, or several that are compared.
 * @param space from `spaceOf`, or part of it.
 * @returns how far it came.
 */
export function* flowClasses(
  worlds: readonly World[],
  space: readonly Box[],
  { byRule, asksRuleOf, supposes, ...limits }: ClassOptions = {},
): Generator<FlowClass, Coverage> {
  const budget = { ...most, ...limits }
  const tells: TellOptions = {
    ...(byRule !== undefined && { byRule }),
    ...(asksRuleOf && { asksRuleOf }),
    ...(supposes !== undefined && { supposes }),
  }
  const [first] = worlds
  if (first === undefined) throw new Error('no world')
  const until = threadMilliseconds() + budget.milliseconds
  // To ask is a call of the kernel, which is not free.
  const isLate = (count: number): boolean => count % 256 === 255 && threadMilliseconds() > until
  const unknown = new Map<string, number>()
  let [classes, samples] = [0, 0]
  const coverage = (left: readonly Box[], spent?: keyof Budgets): Coverage => ({
    classes,
    left,
    unknown,
    ...(spent && { spent }),
  })
  const pieces = new Pieces(space, first)
  for (let piece = pieces.next(); piece !== undefined; piece = pieces.next()) {
    const { box, root, found, isShattered } = piece
    const point = plainestOf(box, first)
    const known = found.with(point)
    if (known !== undefined) {
      pieces.addLeft(piece, known)
      continue
    }
    const isSampled = isShattered && samples >= budget.samples
    const spent = classes >= budget.classes ? 'classes' : isLate(classes) ? 'milliseconds' : isSampled && 'samples'
    if (spent !== false) return coverage([box, ...pieces.boxes], spent)
    const own = classOf(point, root, worlds, tells)
    found.add(own.box, point)
    pieces.addLeft(piece, own.box)
    classes += 1
    if (isShattered) samples += 1
    for (const why of new Set(
      own.predictions.flatMap((prediction) => ('unknown' in prediction ? [prediction.unknown] : [])),
    ))
      unknown.set(why, (unknown.get(why) ?? 0) + 1)
    yield own
  }
  return coverage([])
}
