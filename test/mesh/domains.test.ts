import fc from 'fast-check'
import t from 'tap'
import { HarnessError } from '../../harness/core/errors.ts'
import { isBuiltIn, meshes } from '../../harness/mesh/index.ts'
import type { BuildRequest, Mesh } from '../../harness/mesh/mesh.ts'

const request = (mesh: Mesh, config: object, podAnnotations: object): BuildRequest => ({
  schema: 'sidetrack.config/1',
  mesh: mesh.name,
  config: { ...config },
  podAnnotations: { ...podAnnotations },
  podIPs: ['10.244.0.5', 'fd00:10::5'],
  family: 'ipv4',
})

for (const mesh of [...meshes.values()].filter(isBuiltIn)) {
  for (const release of mesh.releases) {
    const { config, podAnnotations } = mesh.domains(release)

    t.test(
      `${mesh.name}@${release}: each value of each option is valid, and at least one of them changes the rules`,
      async (t) => {
        const plain = mesh.build(release, request(mesh, {}, {}))
        const rulesFor = (values: readonly unknown[], of: (value: unknown) => BuildRequest) =>
          values.map((value) => mesh.build(release, of(value)))
        // What acts only together with another option: the DNS servers with DNS capture, a privileged init container on
        // no rule at all.
        const alone = new Set([
          'dnsServers',
          'enablePrivilegedInitContainer',
          ...(release === '1.5' ? ['cni', 'includeInboundPorts', 'proxyMetadata'] : []),
        ])
        for (const [name, values] of Object.entries(config)) {
          const rules = rulesFor(values, (value) => request(mesh, { [name]: value }, {}))
          if (!alone.has(name))
            t.ok(
              rules.some((text) => text !== plain),
              name,
            )
        }
        for (const [name, values] of Object.entries(podAnnotations)) {
          const rules = rulesFor(values, (value) => request(mesh, {}, { [name]: value }))
          t.ok(
            rules.some((text) => text !== plain),
            name,
          )
        }
      },
    )

    t.test(`${mesh.name}@${release}: any of them together are rules, or refused in one line`, async () => {
      const some = (domains: Readonly<Record<string, readonly unknown[]>>) =>
        fc.record(
          Object.fromEntries(Object.entries(domains).map(([name, values]) => [name, fc.constantFrom(...values)])),
          {
            requiredKeys: [],
          },
        )
      fc.assert(
        fc.property(
          some(config),
          some(podAnnotations),
          fc.constantFrom('ipv4', 'ipv6'),
          (options, annotations, family) => {
            try {
              mesh.build(release, { ...request(mesh, options, annotations), family })
            } catch (error) {
              if (!(error instanceof HarnessError) || error.fault !== 'input') throw error
            }
          },
        ),
      )
    })
  }
}
