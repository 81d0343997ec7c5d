import fc from 'fast-check'
import t from 'tap'
import { decide, type AskedDimension, type Entry } from '../../harness/netfilter/decide.ts'
import { branchesOf, type Decision, edgesAt } from '../../harness/netfilter/decision.ts'

const domain = { first: 0n, last: 9n }
const dimensions: readonly AskedDimension[] = [
  { field: 'daddr', domain },
  { field: 'dport', domain },
]

const range = fc
  .tuple(fc.nat(9), fc.nat(9))
  .map(([one, other]) => ({ first: BigInt(Math.min(one, other)), last: BigInt(Math.max(one, other)) }))
const entry = fc
  .tuple(range, range, fc.nat(2), fc.nat(2), fc.nat(3))
  .map(([one, other, rank, second, dice]): Entry => ({ ranges: [one, other], ranks: [rank, second], holds: dice > 0 }))

/** Of the entries that have a tuple, the one of the highest ranks decides, and of several the last. */
function isIn(entries: readonly Entry[], tuple: readonly bigint[]): boolean {
  let [best, holds]: [readonly number[], boolean] = [[-1, -1], false]
  for (const { ranges, ranks, holds: own } of entries) {
    if (!ranges.every(({ first, last }, index) => first <= (tuple[index] ?? 0n) && (tuple[index] ?? 0n) <= last))
      continue
    const isLower = (ranks[0] ?? 0) < (best[0] ?? 0) || (ranks[0] === best[0] && (ranks[1] ?? 0) < (best[1] ?? 0))
    if (!isLower) [best, holds] = [ranks, own]
  }
  return holds
}

function leadsTo(decision: Decision, tuple: readonly bigint[]): boolean {
  if (typeof decision === 'boolean') return decision
  const [edge, ...others] = edgesAt(decision, tuple[decision.field === 'daddr' ? 0 : 1] ?? 0n)
  if (edge === undefined || others.length > 0) throw new Error('no edge, or several')
  return leadsTo(edge.then, tuple)
}

const values = Array.from({ length: 10 }, (_, value) => BigInt(value))

t.test('what is decided is what the entries say, tuple by tuple', async (t) => {
  const property = fc.property(fc.array(entry, { maxLength: 8 }), (entries) => {
    const decision = decide(dimensions, entries)
    if (decision === undefined) throw new Error('too many')
    for (const one of values)
      for (const other of values)
        if (leadsTo(decision, [one, other]) !== isIn(entries, [one, other])) throw new Error(`${one} ${other}`)
  })
  fc.assert(property, { seed: 1, numRuns: 500, endOnFailure: true })
  t.pass('of random entries')
})

t.test('a hundred and fifty thousand entries, each with values of its own', async (t) => {
  const most = 150_000n
  const wide = { first: 0n, last: 2n * most }
  const entries = Array.from({ length: Number(most) }, (_, index): Entry => {
    const at = { first: 2n * BigInt(index), last: 2n * BigInt(index) }
    return { ranges: [at, at], ranks: [0, 0], holds: true }
  })
  const decision = decide(
    dimensions.map((dimension) => ({ ...dimension, domain: wide })),
    entries,
  )
  if (decision === undefined || typeof decision === 'boolean') return t.fail('no branch')
  t.equal(branchesOf([decision]).length, 150_001)
  t.equal(leadsTo(decision, [299_998n, 299_998n]), true)
  t.equal(leadsTo(decision, [299_998n, 299_996n]), false)
})
