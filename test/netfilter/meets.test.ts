import t from 'tap'
import { domainOf } from '../../harness/netfilter/field.ts'
import { IntervalSet } from '../../harness/netfilter/interval-set.ts'
import { meets } from '../../harness/netfilter/meets.ts'
import { addressNumber, interfaceNames, interfaceNumber } from '../../harness/netfilter/wide-values.ts'

const ports = (first: number, last: number, values: 'any' | 'every' = 'any') =>
  ({
    kind: 'field',
    field: 'anyPort',
    in: IntervalSet.of(domainOf('anyPort', 'ipv4'), { first, last }),
    values,
    ifAbsent: values === 'every',
  }) as const

t.test('one of several values is enough, or all of them are needed', async (t) => {
  t.equal(meets(ports(80, 90), [1, 85]), true)
  t.equal(meets(ports(80, 90), [1, 2]), false)
  t.equal(meets(ports(80, 90, 'every'), [81, 85]), true)
  t.equal(meets(ports(80, 90, 'every'), [1, 85]), false)
})

t.test('a value that is one of several, and one that is not there', async (t) => {
  const some = { first: 85, last: 95 }
  t.equal(meets(ports(80, 90), [some]), 'unknown')
  t.equal(meets(ports(80, 90), [some, 80]), true)
  t.equal(meets(ports(80, 90, 'every'), [some, 80]), 'unknown')
  t.equal(meets(ports(80, 90, 'every'), [some, 1]), false)
  t.equal(meets(ports(80, 90), []), false)
  t.equal(meets(ports(80, 90, 'every'), []), true)
})

t.test('only the bits of the mask count', async (t) => {
  const mark = (value: number, mask: number) =>
    ({
      kind: 'field',
      field: 'mark',
      mask,
      in: IntervalSet.of(domainOf('mark', 'ipv4'), { first: value, last: value }),
      values: 'any',
      ifAbsent: false,
    }) as const
  t.equal(meets(mark(0x80000000, 0xf0000000), [0x8fffffff]), true)
  t.equal(meets(mark(0x80000000, 0xf0000000), [0x7fffffff]), false)
  t.equal(meets(mark(1, 2), [3]), false)
})

t.test('addresses and interfaces are numbers, and a beginning of a name is one interval', async (t) => {
  t.equal(addressNumber('10.0.0.1'), 0x0a000001n)
  t.equal(addressNumber('2001:db8::1'), 0x20010db8000000000000000000000001n)
  const { first, last } = interfaceNames('eth')
  const isIn = (name?: string) => interfaceNumber(name) >= first && interfaceNumber(name) <= last
  t.same(['eth', 'eth0', 'eth12345678', 'et', 'eti', 'Eth0', undefined].map(isIn), [
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ])
  t.equal(interfaceNumber(), 0n)
})
