import t from 'tap'
import { parseSource } from '../../harness/source/parse.ts'
import { request } from './request.ts'

t.test("a mesh's newest release, or one that is named", async (t) => {
  const meant = (text: string) => {
    const { id, kind, profile } = parseSource(text, '/')
    return `${id} ${kind} ${profile?.().mesh} ${profile?.().release}`
  }
  t.equal(meant('osm'), 'osm builder osm 1.2')
  t.equal(meant('osm@0.11'), 'osm@0.11 builder osm 0.11')
  t.equal(meant('osm@1.2.4'), 'osm@1.2.4 builder osm 1.2')
})

t.test('what is no source is refused', async (t) => {
  const table: [source: string, message: RegExp][] = [
    ['', /^: is no source of rules/],
    ['osm@', /^osm@: this release of OSM is not built in/],
    ['osm@9', /^osm@9: this release of OSM is not built in/],
    ['osm@1.2@x', /is no source of rules/],
    ['nomesh', /^nomesh: is no source of rules/],
    ['rules.txt/', /is no source of rules/],
    ['file:', /^file:: names no file/],
    ['file:nosuch.txt', /^nosuch.txt: no such file/],
    ['file:.', /^\.: is a folder/],
    ['exec:', /^exec:: names no program/],
    ["exec:builder 'x", /^exec:builder 'x: line 1, column 9: a single quote is never closed/],
    ['exec:builder | tee', /'\|' is not read/],
    ['exec:builder && id', /'&&' is not read/],
    ['exec:builder $HOME', /'\$' is not read/],
  ]
  for (const [source, message] of table)
    t.throws(() => parseSource(source, import.meta.dirname), { fault: 'input', message }, source)
})

t.test('a built-in builder', async (t) => {
  const source = parseSource('osm', '/')
  t.match(await source.text(request()), /^# OSM sidecar interception rules\n\*nat\n/)
  t.match(await source.rules(request({ localProxyMode: 'PodIP' })), {
    form: 'restore',
    family: 'ipv4',
    payload: /-j DNAT --to-destination 10\.244\.0\.5\n/,
  })
  t.match(await parseSource('osm@0.11', '/').rules(request()), {
    form: 'commands',
    commands: [{ argv: ['-t', 'nat', '-N', 'PROXY_INBOUND'], line: 1 }],
  })
  t.equal(await source.rules(request({}, { family: 'ipv6' })), undefined)
})

t.test("a built-in builder refuses a bad config as the caller's fault", async (t) => {
  await t.rejects(parseSource('osm', '/').rules(request({ outboundPortExclusionList: [0] })), {
    fault: 'input',
    message: /^outboundPortExclusionList: 0/,
  })
})
