import t from 'tap'
import { bounded, folded, type Row } from '../../harness/explain/folding.ts'
import { resident as sidetrack } from '../cli/resident.ts'

const row = (place: string, number: number, word: Row['word'] = 'no'): Row => ({
  of: `${place} ${number}`,
  place,
  number,
  word,
  text: () => ['-j RETURN'],
})
const rows = (place: string, count: number, from = 1): Row[] =>
  Array.from({ length: count }, (_, at) => row(place, from + at))

t.test('a run of one chain is folded where it is longer than five', async (t) => {
  t.same(folded(rows('A', 5)).length, 5)
  t.same(folded(rows('A', 6)), [{ place: 'A', first: 1, last: 6, count: 6 }])
  t.same(folded([...rows('A', 4), ...rows('B', 4)]).length, 8, 'runs of two chains are two')
  const mixed = folded([...rows('A', 7), row('A', 8, 'yes'), row('A', 9, '?'), ...rows('A', 6, 10)])
  t.match(mixed, [{ count: 7 }, { number: 8 }, { number: 9 }, { first: 10, last: 15, count: 6 }])
})

t.test('what there is no room for is counted, and what decides is told all the same', async (t) => {
  const many = Array.from({ length: 100 }, (_, at) => row('A', at + 1, 'yes'))
  t.match(bounded(many, 4, new Set()), [{ number: 1 }, { number: 2 }, { leftOut: 96 }, { number: 99 }, { number: 100 }])
  t.match(bounded(many, 4, new Set(['A 50'])), [
    { number: 1 },
    { number: 2 },
    { leftOut: 47 },
    { number: 50 },
    { leftOut: 48 },
    { number: 99 },
    { number: 100 },
  ])
  t.equal(bounded(many, 100, new Set()).length, 100)
})

t.test('thousands of services fit on a screen, and --verbose tells them all', async (t) => {
  const count = 3000
  const names = Array.from({ length: count }, (_, at) => at)
  const input = [
    '*nat',
    ':SERVICES - [0:0]',
    ...names.map((at) => `:S${at} - [0:0]`),
    '-A OUTPUT -j SERVICES',
    ...names.map((at) => `-A SERVICES -d 10.96.${at >> 8}.${at & 255}/32 -p tcp --dport 443 -j S${at}`),
    ...names.map((at) => `-A S${at} -p tcp -j DNAT --to-destination 10.0.${at >> 8}.${at & 255}:8443`),
    'COMMIT',
    '',
  ].join('\n')
  const call = (...more: readonly string[]) =>
    sidetrack(['explain', '--mesh', 'osm', '--rules', 'file:-', '--uid', '1000', '--to', '10.96.7.208:443', ...more], {
      input,
    }).stdout
  const short = call()
  t.match(short, /^ {4}no {2}1–2000 {2}2,000 rules that do not match$/m)
  t.match(short, /^ {4}yes 2001 {2}-d 10\.96\.7\.208\/32 /m)
  t.match(
    short,
    /… and \d+ more rules like these\n {2}… and 1,9\d\d more rules that failed on one condition were not looked into\n$/,
  )
  const lines = short.split('\n').length
  t.ok(lines < 60, `${lines} lines`)
  t.ok(call('--verbose').split('\n').length > 2 * 2000)
})

t.test('chains without end are told on a screen as well', async (t) => {
  const input = `*filter\n${Array.from({ length: 23 }, (_, at) => `:C${at} - [0:0]\n`).join('')}-A OUTPUT -j C0\n${Array.from({ length: 22 }, (_, at) => `-A C${at} -j C${at + 1}\n`.repeat(2)).join('')}COMMIT\n`
  const { stdout } = sidetrack(
    ['explain', '--mesh', 'osm', '--rules', 'file:-', '--uid', '1', '--to', '192.0.2.1:80'],
    { input },
  )
  t.match(stdout, /\n {2}… and [\d,]+ more; --verbose tells them\n/)
  const lines = stdout.split('\n').length
  t.ok(lines < 80, `${lines} lines`)
})
