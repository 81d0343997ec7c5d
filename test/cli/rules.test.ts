import t from 'tap'
import { sidetrack } from './command-line.ts'
import { resident } from './resident.ts'

const config = {
  config: { outboundPortExclusionList: [6379] },
  podAnnotations: { 'openservicemesh.io/outbound-port-exclusion-list': '7070' },
}

t.test('a config from a file or standard input reaches the builder', async (t) => {
  const folder = t.testdir({
    'config.json': JSON.stringify({
      schema: 'sidetrack.config/1',
      mesh: 'osm',
      podIPs: ['10.0.0.1'],
      family: 'ipv4',
      ...config,
    }),
  })
  const fromFile = sidetrack(['rules', '--rules', 'osm@1.2', '--config', 'config.json'], { from: folder })
  t.match(fromFile, { status: 0, stderr: '', stdout: /--dports 6379,7070 -j RETURN/ })
  t.same(resident(['rules', '--rules', 'osm@1.2', '--config', '-'], { input: JSON.stringify(config) }), fromFile)
})

t.test('without a config the rules are those of an empty one', async (t) => {
  t.match(resident(['rules', '--rules', 'osm@0.11']), { status: 0, stdout: /^iptables -t nat -N PROXY_INBOUND && / })
})

t.test('a config that is wrong is refused, naming file and field', async (t) => {
  const refused: readonly [text: string, line: RegExp][] = [
    ['{', /^sidetrack: standard input: is not JSON/],
    ['{"confg":{}}', /^sidetrack: standard input: confg: /],
    ['{"schema":"sidetrack.config/2"}', /^sidetrack: standard input: schema: /],
    ['{"podIPs":["ten"]}', /^sidetrack: standard input: podIPs.0: not an IP address/],
    ['{"config":{"outboundPortExclusionList":[0]}}', /^sidetrack: .*outboundPortExclusionList/],
    ['{"config":{"noSuchOption":1}}', /^sidetrack: .*noSuchOption/],
    [
      '{"mesh":"istio"}',
      /^sidetrack: --config: says Istio, but osm makes rules for OSM; write exec:COMMAND or file:PATH for Istio/,
    ],
  ]
  for (const [input, line] of refused)
    t.match(
      resident(['rules', '--rules', 'osm', '--config', '-'], { input }),
      { status: 2, stdout: '', stderr: line },
      input,
    )
})

t.test('a builder that fails is a fault of the rules', async (t) => {
  t.match(sidetrack(['rules', '--mesh', 'osm', '--rules', 'exec:false']), {
    status: 1,
    stdout: '',
    stderr: /^sidetrack: exec:false/,
  })
})
