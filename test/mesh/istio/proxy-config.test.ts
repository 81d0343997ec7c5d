import t from 'tap'
import { readProxyConfig } from '../../../harness/mesh/istio/proxy-config.ts'

const read = (text: string) => readProxyConfig('1.31', text)

t.test('what it says about interception', async (t) => {
  t.same(read('interceptionMode: TPROXY\nproxyMetadata:\n  INVALID_DROP: "true"\nconcurrency: 2'), {
    interceptionMode: 'TPROXY',
    proxyMetadata: { INVALID_DROP: 'true' },
  })
  t.same(
    read('{"proxy_metadata":{"A":"1"}}'),
    { proxyMetadata: { A: '1' } },
    'JSON is YAML, and protobuf has a second spelling',
  )
  t.same(read(''), { proxyMetadata: {} })
  t.same(read('# nothing'), { proxyMetadata: {} })
  t.same(read('anything: { else: [1, 2] }\nsince: 2020-01-01'), { proxyMetadata: {} })
})

t.test('what Istio would not take', async (t) => {
  const refused = (text: string, message: RegExp, hint?: string) =>
    t.throws(
      () => read(text),
      { fault: 'input', message, ...(hint !== undefined && { hint }) },
      JSON.stringify(text.slice(0, 60)),
    )
  refused('proxyMetadata: { A: yes }', /proxyMetadata\.A: true is not text/, 'write "true"')
  refused('proxyMetadata: { A: 1 }', /1 is not text/, 'write "1"')
  refused('proxyMetadata: [A]', /is not a map/)
  refused('interceptionMode: tproxy', /"tproxy" is none of/)
  refused('proxyMetdata: {}', /^proxy\.istio\.io\/config: proxyMetdata: .*no such field/, 'did you mean proxyMetadata?')
  refused('- A', /is not a map/)
  refused('A', /is not a map/)
  refused('a: b: c', /is not YAML: /)
  refused('"open', /is not YAML: /)
})

t.test('what is too large or too deep', async (t) => {
  t.throws(() => read(`a: "${'x'.repeat(300_000)}"`), { fault: 'input', message: /at most 262144/ })
  t.throws(() => read(`a: ${'['.repeat(5_000)}${']'.repeat(5_000)}`), {
    fault: 'input',
    message: /nested too deep|nested more than 100/,
  })
  t.throws(() => read(`a: ${'['.repeat(200)}${']'.repeat(200)}`), {
    fault: 'input',
    message: /nested more than 100 deep/,
  })
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x,x]',
    ...'bcdefghi'.split('').map((name, index) => `${name}: &${name} [${`*${'abcdefgh'[index]},`.repeat(10)}]`),
  ]
  t.throws(() => read(bomb.join('\n')), { fault: 'input', message: /too many aliases/ })
})
