import t from 'tap'
import { findBuilder, meshes } from '../../harness/mesh/index.ts'
import type { BuildRequest } from '../../harness/mesh/mesh.ts'
import type { Profile } from '../../harness/mesh/profile.ts'
import { judge } from '../../harness/run/judge/judge.ts'
import { planJobs } from '../../harness/run/plan/plan.ts'
import { planJob } from '../../harness/run/plan/plan-job.ts'
import { podRules } from '../../harness/run/plan/pod-rules.ts'
import { predictPod } from '../../harness/run/predict/predict-pod.ts'
import { PodAddresses } from '../../harness/run/plan/pod-addresses.ts'
import { conformanceOf } from '../../harness/scenario/conformance.ts'
import { readSourceText } from '../../harness/source/rules/text.ts'
import { source } from './options.ts'

type Build = (request: BuildRequest) => string

/** The checks of the generic set that the model foresees to fail under these rules. */
async function red(profile: Profile, build: Build): Promise<{ checks: number; failed: string[] }> {
  const builder = source({ rules: async (request) => readSourceText(build(request), request, 'rules', 'rules') })
  const mesh = { name: profile.mesh, ...(profile.release && { release: profile.release }) }
  const { jobs } = planJobs({ scenarios: conformanceOf(profile), backends: ['nft'], source: builder, mesh })
  const failed: string[] = []
  for (const job of jobs) {
    const addresses = PodAddresses.of(job.scenario)
    const plan = planJob(job, addresses, await podRules(job, addresses))
    for (const [index, prediction] of predictPod(plan, { ok: true }).entries()) {
      const [check, flow] = [job.checks[index], plan.flows[index]]
      if (check === undefined || flow === undefined) throw new Error('a prediction without a check')
      if ('unknown' in prediction || 'applies' in check.expected) throw new Error(`${check.id} is not foreseen`)
      if (judge(check.expected, prediction.predicted, flow, addresses) !== undefined) failed.push(check.id)
    }
  }
  return { checks: jobs.flatMap(({ checks }) => checks).length, failed }
}

const builtIn = ['osm@1.2', 'osm@0.11', 'istio@1.31', 'istio@1.17', 'istio@1.5'].map(
  (id) => id.split('@') as [string, string],
)

for (const [name, release] of builtIn) {
  const mesh = findBuilder(name)
  const profile = mesh.profile(release, { config: {}, podAnnotations: {}, podIPs: ['10.244.0.5', 'fd00:10::5'] })
  const build: Build = (request) => mesh.build(release, request)

  t.test(`${name}@${release}: its own rules keep the promises that are derived from its profile`, async (t) => {
    const { checks, failed } = await red(profile, build)
    t.same(failed, [])
    t.ok(checks > 30, `${checks} checks`)
  })

  t.test(`${name}@${release}: without rules they are not kept`, async (t) => {
    const { failed } = await red(profile, () => '')
    t.ok(failed.some((id) => id.includes('/outbound-tcp-is-captured-by-default/')))
    t.ok(failed.some((id) => id.includes('/inbound-tcp-is-captured-by-default/')))
    t.notOk(failed.some((id) => /left-alone\/|ipv6-is/.test(id) && id.includes('/udp-and-icmp')))
  })
}

const linkerd = [
  '-m multiport --dports 4190,4191,4567,4568',
  '--uid-owner 2102',
  '-o lo',
  '-m multiport --dports 4567,4568',
]
const linkerdRules = (without = ''): string =>
  [
    '*nat',
    '-N IN',
    '-N OUT',
    `-A IN -p tcp ${linkerd[0]} -j RETURN`,
    '-A IN -p tcp -j REDIRECT --to-port 4143',
    '-A PREROUTING -j IN',
    `-A OUT -m owner ${linkerd[1]} -j RETURN`,
    `-A OUT ${linkerd[2]} -j RETURN`,
    `-A OUT -p tcp ${linkerd[3]} -j RETURN`,
    '-A OUT -p tcp -j REDIRECT --to-port 4140',
    '-A OUTPUT -j OUT',
    'COMMIT',
    '',
  ]
    .filter((line) => line !== without)
    .join('\n')
const rulesOf = linkerdRules()
  .split('\n')
  .filter((line) => line.startsWith('-A'))

t.test('rules that nobody here builds are held to what their mesh is known to promise', async (t) => {
  const profile = meshes.get('linkerd')?.profile('')
  if (profile === undefined) throw new Error('Linkerd is known')
  t.same((await red(profile, () => linkerdRules())).failed, [])
  for (const rule of rulesOf) t.ok((await red(profile, () => linkerdRules(rule))).failed.length > 0, `without ${rule}`)
  const elsewhere = await red(profile, ({ family }) => (family === 'ipv4' ? linkerdRules() : ''))
  t.ok(elsewhere.failed.length > 0 && elsewhere.failed.every((id) => id.endsWith('/ipv6')), 'without the rules of IPv6')
  const wide = await red(profile, () => linkerdRules().replace('4190,4191,4567,4568', '4190:4192,4567,4568'))
  t.match(wide.failed, [/exempt-inbound-ports-.*pod:4192/], 'one port too many is left alone')
})

t.test('every mesh that is known has a set', async (t) => {
  for (const mesh of meshes.values()) {
    const scenarios = conformanceOf(mesh.profile(mesh.releases.at(-1) ?? ''))
    t.ok(scenarios.length >= 6, mesh.name)
    t.equal(new Set(scenarios.map(({ title }) => title)).size, scenarios.length)
  }
})

const payload = (tables: Readonly<Record<string, readonly string[]>>): string =>
  Object.entries(tables)
    .map(([table, rules]) => [`*${table}`, ...rules, 'COMMIT', ''].join('\n'))
    .join('')

/** As few rules as keep the promises of three meshes that capture DNS, each in a way of its own. */
const capturing: Readonly<Record<string, Build>> = {
  kuma: ({ family }) => {
    const [lo, passthrough] = family === 'ipv4' ? ['127.0.0.1/32', '127.0.0.6/32'] : ['::1/128', '::6/128']
    const own = '-m owner --uid-owner 5678'
    return payload({
      nat: [
        '-A PREROUTING -p tcp -j REDIRECT --to-ports 15006',
        `-A OUTPUT -p udp --dport 53 ${own} -j RETURN`,
        '-A OUTPUT -p udp --dport 53 -j REDIRECT --to-ports 15053',
        `-A OUTPUT -s ${passthrough} -o lo -j RETURN`,
        `-A OUTPUT -p tcp ! --dport 53 -o lo ! -d ${lo} ${own} -j REDIRECT --to-ports 15006`,
        '-A OUTPUT -p tcp ! --dport 53 -o lo -m owner ! --uid-owner 5678 -j RETURN',
        `-A OUTPUT ${own} -j RETURN`,
        '-A OUTPUT -p tcp --dport 53 -j REDIRECT --to-ports 15053',
        `-A OUTPUT -d ${lo} -j RETURN`,
        '-A OUTPUT -p tcp -j REDIRECT --to-ports 15001',
      ],
      raw: [
        `-A OUTPUT -p udp --dport 53 ${own} -j CT --zone 1`,
        `-A OUTPUT -p udp --sport 15053 ${own} -j CT --zone 2`,
        '-A OUTPUT -p udp --dport 53 -j CT --zone 2',
        '-A PREROUTING -p udp --sport 53 -j CT --zone 1',
      ],
    })
  },
  consul: ({ family }) => {
    const lo = family === 'ipv4' ? '127.0.0.1/32' : '::1/128'
    const dns =
      family === 'ipv4'
        ? ['udp', 'tcp'].map(
            (each) => `-A OUTPUT -p ${each} -d 127.0.0.1 --dport 53 -j DNAT --to-destination 127.0.0.1:8600`,
          )
        : []
    return payload({
      nat: [
        ...dns,
        '-A PREROUTING -p tcp -j REDIRECT --to-ports 20000',
        '-A OUTPUT -m owner --uid-owner 5995 -j RETURN',
        `-A OUTPUT -d ${lo} -j RETURN`,
        '-A OUTPUT -p tcp -j REDIRECT --to-ports 15001',
      ],
    })
  },
  fsm: () =>
    payload({
      nat: [
        '-A PREROUTING -p tcp -m multiport --dports 15010,15901,15902,15903,15904 -j RETURN',
        '-A PREROUTING -p tcp -j REDIRECT --to-ports 15003',
        '-A OUTPUT -p udp -d 127.0.0.153 --dport 53 -j DNAT --to-destination 127.0.0.153:5300',
        '-A OUTPUT -p tcp -o lo ! -d 127.0.0.1/32 -m owner --uid-owner 1500 -j REDIRECT --to-ports 15003',
        '-A OUTPUT -o lo -m owner ! --uid-owner 1500 -j RETURN',
        '-A OUTPUT -m owner --uid-owner 1500 -j RETURN',
        '-A OUTPUT -d 127.0.0.1/32 -j RETURN',
        '-A OUTPUT -p tcp -j REDIRECT --to-ports 15001',
      ],
    }),
}

for (const [name, build] of Object.entries(capturing))
  t.test(`${name}: DNS is captured as its profile says, and the checks see where it is not`, async (t) => {
    const known = meshes.get(name)?.profile('')
    if (known === undefined) throw new Error(`${name} is known`)
    // Where only a config asks for DNS, as one that does.
    const { onlyConfigured: _, ...profile } = known
    t.same((await red(profile, build)).failed, [])
    const without = await red(profile, (request) => build(request).replaceAll('--dport 53', '--dport 54'))
    t.ok(
      without.failed.some((id) => id.includes('/dns-')),
      'another port',
    )
    const wide = await red(profile, (request) =>
      build(request)
        .replaceAll(/-d 127\.0\.0\.1(53)? --dport 53/g, '--dport 53')
        .replaceAll('--uid-owner 5678 -j RETURN', '--uid-owner 5679 -j RETURN'),
    )
    t.ok(
      wide.failed.some((id) => id.includes('/dns-')),
      'any server, and whoever asks',
    )
  })

/** What the builders of two meshes make of an empty config: they capture inbound only what a config names. */
const configured: Readonly<Record<string, { build: Build; wrong: readonly (readonly [from: string, to: string])[] }>> =
  {
    'app-mesh': {
      build: ({ family }) =>
        payload({
          nat: [
            '-N APPMESH_EGRESS',
            '-A APPMESH_EGRESS -m owner --uid-owner 1337 -j RETURN',
            '-A APPMESH_EGRESS -p tcp -m multiport --dports 22 -j RETURN',
            ...(family === 'ipv4' ? ['-A APPMESH_EGRESS -p tcp -d 169.254.169.254 -j RETURN'] : []),
            '-A APPMESH_EGRESS -p tcp -j REDIRECT --to-ports 15001',
            '-A OUTPUT -p tcp -m addrtype ! --dst-type LOCAL -j APPMESH_EGRESS',
          ],
        }),
      wrong: [
        ['--uid-owner 1337', '--uid-owner 1336'],
        ['--uid-owner 1337', '--gid-owner 1337'],
        ['--dports 22', '--dports 22:23'],
        ['-d 169.254.169.254', '-d 169.254.170.2'],
        ['--to-ports 15001', '--to-ports 15000'],
        ['-m addrtype ! --dst-type LOCAL', ''],
        ['COMMIT', '-A PREROUTING -p tcp --dport 8080 -j REDIRECT --to-ports 15000\nCOMMIT'],
      ],
    },
    telepresence: {
      build: ({ family }) =>
        family === 'ipv6' ? '' : payload({ nat: ['-A OUTPUT -m owner --uid-owner 0 -j RETURN'] }),
      wrong: [
        ['COMMIT', '-A PREROUTING -p tcp -j REDIRECT --to-ports 9900\nCOMMIT'],
        ['COMMIT', '-A OUTPUT -o lo -p tcp -j REDIRECT --to-ports 9900\nCOMMIT'],
        ['COMMIT', '-A PREROUTING -p udp --dport 8080 -j REDIRECT --to-ports 9900\nCOMMIT'],
      ],
    },
  }

for (const [name, { build, wrong }] of Object.entries(configured))
  t.test(`${name}: what its builder makes keeps its promises, and a fault in that does not`, async (t) => {
    const profile = meshes.get(name)?.profile('')
    if (profile === undefined) throw new Error(`${name} is known`)
    const { checks, failed } = await red(profile, build)
    t.same(failed, [])
    t.ok(checks > 20, `${checks} checks`)
    for (const [from, to] of wrong) {
      const faulty = await red(profile, (request) => build(request).replaceAll(from, to))
      t.ok(faulty.failed.length > 0, `${from} → ${to}`)
    }
  })

t.test('DNS that only a config turns on is no part of the set', async (t) => {
  const fsm = meshes.get('fsm')?.profile('')
  t.notOk(fsm === undefined || conformanceOf(fsm).some(({ title }) => title.startsWith('DNS')))
})
