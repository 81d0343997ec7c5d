import t from 'tap'
import { parseRule, type Rule } from './rule.ts'
import { osm } from '../../harness/mesh/osm/index.ts'
import { meaning, means } from './edit.ts'
import type { Fault, HarmlessFault } from './fault.ts'
import { harmlessFaults } from './harmless-faults.ts'
import { inboundFaults } from './inbound-faults.ts'
import { listFaults } from './list-faults.ts'
import { outboundFaults } from './outbound-faults.ts'

type AnyFault = Fault | HarmlessFault

const faults: readonly AnyFault[] = [...inboundFaults, ...outboundFaults, ...listFaults, ...harmlessFaults]

/** Every rule that osm@1.2 can print: with inclusions the outbound chain ends otherwise. */
const rules = [{ outboundIPRangeInclusionList: ['203.0.113.0/24'] }, {}].flatMap((inclusions) => {
  const config = {
    localProxyMode: 'PodIP',
    networkInterfaceExclusionList: ['net1'],
    outboundIPRangeExclusionList: ['198.51.100.0/24'],
    outboundPortExclusionList: [6379, 7070],
    inboundPortExclusionList: [5432, 6060],
    ...inclusions,
  }
  const text = osm.build('1.2', {
    schema: 'sidetrack.config/1',
    mesh: 'osm',
    config,
    podAnnotations: {},
    podIPs: ['10.244.0.5'],
    family: 'ipv4',
  })
  return text.split('\n').filter((line) => parseRule(line, 'nat') !== undefined)
})

/** What a fault makes of a rule that stands alone; undefined if nothing. */
function changed(line: string, { edit }: AnyFault): Rule | undefined {
  const [left] = edit([line], [0])
  return left === undefined ? undefined : parseRule(left, 'nat')
}

const words = ({ negated, option, values }: Rule['clauses'][number]): string => [negated, option, ...values].join(' ')

for (const line of new Set(rules)) {
  const rule = parseRule(line, 'nat') as Rule
  t.test(`of ${meaning(rule)} every part has its fault`, async (t) => {
    const own = faults.filter((fault) => means(line, fault.rule))
    t.ok(
      own.some((fault) => changed(line, fault) === undefined),
      'deleted',
    )
    t.ok(
      own.some(
        (fault) => changed(line, fault) !== undefined && changed(line, fault)?.target?.text !== rule.target?.text,
      ),
      'another target',
    )
    for (const clause of rule.clauses) {
      const isTouched = (fault: AnyFault): boolean =>
        changed(line, fault)?.clauses.every((other) => words(other) !== words(clause)) ?? false
      t.ok(own.some(isTouched), `another ${clause.option}`)
    }
  })
}

t.test('no two rows of a table are the same', async (t) => {
  const names = faults.map(({ rule, fault }) => `${rule}: ${fault}`)
  t.same(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  )
})
