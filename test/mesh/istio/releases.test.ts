import t from 'tap'
import { resolveRelease } from '../../../harness/mesh/istio/releases.ts'

t.test('releases that print the same text', async (t) => {
  for (const version of ['1.5', '1.5.3', '1.5.10']) t.equal(resolveRelease(version), '1.5')
  for (const version of ['1.17', '1.17.0', '1.17.8']) t.equal(resolveRelease(version), '1.17')
  for (const version of ['1.31', '1.31.2']) t.equal(resolveRelease(version), '1.31')
})

t.test('other releases are refused with the nearest', async (t) => {
  const nearest = (version: string, release: string) =>
    t.throws(() => resolveRelease(version), {
      fault: 'input',
      message: new RegExp(`^istio@${version}: .*nearest is istio@${release}$`),
    })
  nearest('1.5.2', '1.5')
  nearest('1.4', '1.5')
  nearest('1.12', '1.17')
  nearest('1.18.1', '1.17')
  nearest('1.25', '1.31')
  nearest('1.32', '1.31')
  for (const version of ['2.0', 'x', '1.31.x', '1', ' 1.31', '1.031x'])
    t.throws(
      () => resolveRelease(version),
      { fault: 'input', message: /not built in$/, hint: /1\.5 \(from 1\.5\.3 on\), 1\.17, 1\.31/ },
      version,
    )
})
