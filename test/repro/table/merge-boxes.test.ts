import t from 'tap'
import type { Box, Dimension, ValueSet } from '../../../harness/classes/boxes/frame.ts'
import { domainOfDimension } from '../../../harness/classes/boxes/frame.ts'
import { IntervalSet, rangeText, type Scalar } from '../../../harness/netfilter/interval-set.ts'
import { describeSet } from '../../../harness/repro/table/describe-set.ts'
import { mergeBoxes } from '../../../harness/repro/table/merge-boxes.ts'

const frame = { family: 'ipv4', origin: { kind: 'pod' }, protocol: 'tcp' } as const
const set = (dimension: Dimension, ...parts: [first: number, last: number][]): ValueSet =>
  IntervalSet.of<Scalar>(domainOfDimension(dimension, 'ipv4'), ...parts.map(([first, last]) => ({ first, last })))
const box = (uid: [number, number][], dport: [number, number][]): Box => ({
  frame,
  in: { uid: set('uid', ...uid), dport: set('dport', ...dport) },
})
const most = 0xffff_fffe
const all = box([[0, most]], [[1, 65535]])

t.test('boxes are as few and as large as they can be', async (t) => {
  const parts = [
    box(
      [
        [0, 6],
        [8, most],
      ],
      [
        [1, 79],
        [81, 65535],
      ],
    ),
    box(
      [[7, 7]],
      [
        [1, 79],
        [81, 65535],
      ],
    ),
    box([[7, 7]], [[80, 80]]),
  ]
  const merged = mergeBoxes(parts, [all])
  t.same(
    merged.map(({ in: { uid, dport } }) => [uid?.intervals, dport?.intervals]),
    [
      [
        [{ first: 0, last: most }],
        [
          { first: 1, last: 79 },
          { first: 81, last: 65535 },
        ],
      ],
      [[{ first: 7, last: 7 }], [{ first: 1, last: 65535 }]],
    ],
  )
})

t.test('a set is told by what it has or by what it lacks, whichever is shorter', async (t) => {
  const wording = { any: 'any', part: rangeText }
  const root = set('dport', [1, 65535])
  t.equal(describeSet(root, root, wording), undefined)
  t.equal(describeSet(set('dport', [80, 80], [443, 443]), root, wording), '80, 443')
  t.equal(describeSet(set('dport', [1, 79], [81, 65535]), root, wording), 'any but 80')
  const without80 = set('dport', [1, 79], [81, 65535])
  t.equal(
    describeSet(set('dport', [70, 79], [81, 90]), without80, wording),
    '70-90',
    'what there is not does not count',
  )
})
