import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import type { Engine } from '../../../harness/sandbox/engine/container-engine.ts'
import { ContainerSandbox } from '../../../harness/sandbox/container/container.ts'
import { type EnvoySource, envoyInside } from '../../../harness/sandbox/envoy/envoy-source.ts'
import { NamespaceSandbox } from '../../../harness/sandbox/namespaces.ts'
import { imageOf } from '../../../harness/sandbox/engine/own-images.ts'
import { app, remote } from '../../../harness/scenario/dsl.ts'
import { sidetrack } from '../../cli/command-line.ts'
import { writeProgram } from '../../helpers/write-program.ts'
import { use } from '../../helpers/use.ts'
import { containersOf, engineWith } from '../engine.ts'
import { type LiteralPod, unmet } from '../literal-pod.ts'
import { makeImage } from '../made-image.ts'
import { noEnvoy, realEnvoy, withProgram } from './real-envoy.ts'

const engine = await engineWith(['bookworm'])
if (typeof engine === 'string') t.plan(0, engine)
else await testWith(engine)

async function testWith(engine: Engine): Promise<void> {
  const old = '#!/bin/sh\necho "envoy  version: 0123abc/1.20.0/Clean/RELEASE/BoringSSL"\n'

  for (const kind of ['namespaces', 'container'] as const) {
    const run = (envoy: string) => sidetrack(['run', 'osm/loopback-and-self', '--sandbox', kind, '--envoy', envoy])

    t.test(`--sandbox ${kind}: an image's program is asked there what it is`, async (t) => {
      const image = await makeImage(t, engine, `old-${kind}`, { 'usr/local/bin/envoy': old })
      t.match(run(image), {
        status: 2,
        stdout: '',
        stderr: `sidetrack: --envoy: the envoy of '${image}' is Envoy 1.20.0; take 1.40 or a later one\n`,
      })
    })

    t.test(`--sandbox ${kind}: one that cannot run there says so`, async (t) => {
      const image = await makeImage(t, engine, `foreign-${kind}`, {
        'usr/local/bin/envoy': '#!/lib/ld-musl-of-another-machine\n',
      })
      const { status, stdout, stderr } = run(`image:${image}`)
      t.match({ status, stdout }, { status: 3, stdout: '' })
      t.match(
        stderr,
        /^sidetrack: --envoy: the envoy of '.*' does not run.* as the proxy, 1500:0: setpriv: failed to execute .*: No such file/,
      )
      t.equal(stderr.split('\n').length, 2, 'one line')
    })

    t.test(`--sandbox ${kind}: a file is asked there, too`, async (t) => {
      const file = writeProgram(t, 'envoy', old)
      t.match(run(file), {
        status: 2,
        stderr: `sidetrack: --envoy: ${file} is Envoy 1.20.0; take 1.40 or a later one\n`,
      })
    })
  }

  t.test('--init-image: it is asked in one of the containers of pods', async (t) => {
    const image = await makeImage(t, engine, 'old-init', { 'usr/local/bin/envoy': old })
    const { status, stderr } = sidetrack(`run --sandbox container --init-image bookworm --envoy ${image}`.split(' '))
    t.match({ status, stderr }, { status: 2, stderr: /is Envoy 1\.20\.0; take 1\.40/ })
  })

  t.test('a file that is not as long as it was said to be is not copied', async (t) => {
    const copying = ContainerSandbox.create(imageOf('bookworm'), { envoy: { path: '/proc/version' } })
    await t.rejects(copying, {
      fault: 'machine',
      message: /^\/proc\/version cannot be copied into the container: size mismatch/i,
    })
    t.same(await containersOf(engine), [], 'and no container is left')
  })

  const outbound = '-A OUTPUT -p tcp --dport 80 -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001'
  const pod: LiteralPod = {
    closed: ['203.0.113.20:80'],
    ipv4: { nat: [outbound, '-A PREROUTING -p tcp -j REDIRECT --to-ports 15003'] },
    flows: [
      app.tcp('peer:80').isRedirected('outbound'),
      app.tcp('203.0.113.20:80').isRedirected('outbound', { then: ['refused'] }),
      remote.tcp('pod:8080').isRedirected('inbound'),
      app.tcp('lo:15000', { http: true }).isDirect({ answeredBy: 'envoy-admin' }),
    ],
  }

  t.test('a real Envoy out of a file or an image, in either kind of sandbox', { skip: noEnvoy }, async (t) => {
    const image = await makeImage(t, engine, 'real', { 'usr/local/bin/envoy': readFileSync(realEnvoy) })
    const sources: readonly EnvoySource[] = [{ image }, { path: realEnvoy }]
    for (const source of sources) {
      for (const kind of ['namespaces', 'container'] as const) {
        t.test(`${Object.keys(source)[0]}, ${kind}`, async (t) => {
          const sandbox = withProgram(await open(t, kind, source), envoyInside(source, kind))
          t.same(await unmet(sandbox, 'nft', pod), [])
        })
      }
    }
  })

  const open = async (t: Test, kind: 'namespaces' | 'container', envoy: EnvoySource) =>
    kind === 'namespaces'
      ? use(t, await NamespaceSandbox.create({ envoy }))
      : use(t, await ContainerSandbox.create(imageOf('bookworm'), { envoy }))
}
