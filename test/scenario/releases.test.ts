import t from 'tap'
import { compareReleases, includesRelease, parseReleases } from '../../harness/scenario/releases.ts'

t.test('ranges of releases', async (t) => {
  t.same(parseReleases('1.2'), { from: '1.2', to: '1.2' })
  t.same(parseReleases('>=1.1'), { from: '1.1' })
  t.same(parseReleases('<=0.11'), { to: '0.11' })
  t.same(parseReleases('0.9 - 0.11'), { from: '0.9', to: '0.11' })
})

t.test('what is no range is refused with what may be written', async (t) => {
  for (const text of ['', '>1.1', 'v1.2', '1', '1.2 - ', '1.0 - 1.1 - 1.2', '>= 1.1'])
    t.throws(() => parseReleases(text), /not a range of releases.*write 1\.2/, text)
})

t.test('a range from newer to older is refused', async (t) => {
  t.throws(() => parseReleases('1.2 - 0.11'), /write the older one first/)
})

t.test('releases are ordered by number, not by text', async (t) => {
  t.equal(compareReleases('0.9', '0.11'), -1)
  t.equal(compareReleases('1.2', '0.11'), 1)
  t.equal(compareReleases('1.1', '1.1.3'), 0)
})

t.test('both ends of a range belong to it', async (t) => {
  const cases: [range: string, version: string, included: boolean][] = [
    ['>=1.1', '1.2', true],
    ['>=1.1', '1.1', true],
    ['>=1.1', '0.11', false],
    ['<=0.11', '0.11', true],
    ['<=0.11', '1.2', false],
    ['0.9 - 0.11', '0.9', true],
    ['0.9 - 0.11', '0.8', false],
    ['1.2', '1.2.4', true],
  ]
  for (const [range, version, included] of cases)
    t.equal(includesRelease(parseReleases(range), version), included, `${version} in ${range}`)
  t.ok(includesRelease({}, '0.11'))
})
