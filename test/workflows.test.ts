import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ownReleases } from '../harness/sandbox/engine/own-images.ts'

t.test('the nightly run is over namespaces and every image that there is', (t) => {
  const workflow = readFileSync(join(import.meta.dirname, '../.github/workflows/conformance.yml'), 'utf8')
  const [, onPush, nightly] = /place: .*'(\[.*\])'.*'(\[.*\])'/.exec(workflow) ?? []
  t.same(JSON.parse(nightly ?? ''), ['namespaces', ...Object.keys(ownReleases)])
  t.same(JSON.parse(onPush ?? ''), ['namespaces', 'trixie'])
  t.end()
})
