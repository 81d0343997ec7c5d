import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import type { HarnessError } from '../../../harness/core/errors.ts'
import { ContainerSandbox } from '../../../harness/sandbox/container/container.ts'
import type { Engine } from '../../../harness/sandbox/engine/container-engine.ts'
import { imageOf, ownReleases } from '../../../harness/sandbox/engine/own-images.ts'
import { sidetrack, start } from '../../cli/command-line.ts'
import { becomes, containersOf, engineWith } from '../engine.ts'

const releases = ['bookworm', 'trixie']
const engine = await engineWith(releases)
if (typeof engine === 'string') t.plan(0, engine)
else await testWith(engine)

async function testWith(engine: Engine): Promise<void> {
  /** A rule that the nft backend of iptables 1.8.9 loads as one for every port, and all others as one for none. */
  const folder = t.testdir({
    'versions.ts': `import { app, ruleText, scenario } from 'sidetrack'
export default scenario('no port but all', {
  rules: ruleText('osm', '*nat\\n-A OUTPUT -p tcp -m tcp ! --dport 0:65535 -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001\\nCOMMIT\\n'),
  flows: [app.tcp('203.0.113.10:80').isDirect()],
})
`,
  })
  const file = join(folder, 'versions.ts')

  t.test(
    'one run over several images: each check in each of them, and where versions differ is a finding',
    async (t) => {
      const args = ['run', file, '--sandbox', 'container', '--image', 'bookworm,trixie', '--reporter', 'json']
      const { status, stdout, stderr } = sidetrack(args)
      t.match({ status, stderr }, { status: 1, stderr: '' })
      const report = JSON.parse(stdout)
      const prefix = 'osm/versions/no-port-but-all/app-tcp-203.0.113.10:80'
      t.same(report.checks.map(({ id, status }: { id: string; status: string }) => `${status} ${id}`).sort(), [
        `failed ${prefix}/nft/ipv4/bookworm`,
        `passed ${prefix}/legacy/ipv4/bookworm`,
        `passed ${prefix}/legacy/ipv4/trixie`,
        `passed ${prefix}/nft/ipv4/trixie`,
      ])
      t.match(report.environments, [
        { sandbox: 'container', image: imageOf('bookworm'), iptables: { nft: '1.8.9', legacy: '1.8.9' } },
        { sandbox: 'container', image: imageOf('trixie'), iptables: { nft: '1.8.11', legacy: '1.8.11' } },
      ])
      const [finding, ...more] = report.findings
      t.same(more, [])
      t.equal(finding.id, `${prefix}/ipv4`)
      const lone = finding.behaviours.find(({ places }: { places: unknown[] }) => places.length === 1)
      t.match(lone, {
        observed: { verdict: 'redirected' },
        places: [{ environment: `container ${imageOf('bookworm')}`, iptables: 'nft' }],
      })
    },
  )

  t.test('--grep takes an image from the id; the same image twice is one', async (t) => {
    const args = [
      'run',
      file,
      '--sandbox',
      'container',
      '--image',
      'trixie,trixie',
      '--image',
      imageOf('bookworm'),
      '--grep',
      'nft/ipv4/trixie$',
    ]
    const { status, stdout } = sidetrack(args)
    t.equal(status, 0)
    t.match(stdout, '1 check, 1 passed')
  })

  t.test('all is every image that is built; one that is not is said, and no fault', async (t) => {
    const { status, stdout } = sidetrack(
      'run outbound --sandbox container --image all --reporter pretty --grep tcp'.split(' '),
    )
    t.equal(status, 0)
    const unbuilt: string[] = []
    for (const release of Object.keys(ownReleases)) {
      if (typeof (await engineWith([release])) === 'string') unbuilt.push(release)
      else t.match(stdout, `iptables-nft ${ownReleases[release]?.iptables}`)
    }
    if (unbuilt.length > 0)
      t.match(
        stdout,
        `left out, not built: ${unbuilt.join(', ')}; build with: npm run images -- ${unbuilt.join(' ')}\n`,
      )
    t.notMatch(stdout, 'finding', 'the suite does the same everywhere')
  })

  t.test('--privileged starts, or is refused in one line that says what to do, and leaves nothing', async (t) => {
    try {
      await using sandbox = await ContainerSandbox.create(imageOf('bookworm'), { privileged: true })
      const [id = ''] = await containersOf(engine)
      t.match(await engine.container.dockerode.getContainer(id).inspect(), {
        HostConfig: { Privileged: true, NetworkMode: 'none' },
      })
      t.match(sandbox.info, { kind: 'container' })
    } catch (error) {
      t.match(error, {
        fault: 'machine',
        message: /^the container engine refuses --privileged: /,
        hint: /leave --privileged out/,
      })
      t.notMatch((error as HarnessError).line, '\n')
    }
    t.same(await containersOf(engine), [])
  })

  for (const withoutRyuk of ['true', undefined]) {
    t.test(
      `SIGKILL of a run over two images leaves no container, network or volume, Ryuk ${withoutRyuk ? 'disabled' : 'left to itself'}`,
      async (t) => {
        const { dockerode } = engine.container
        const inventory = async () => ({
          networks: (await dockerode.listNetworks()).map(({ Id }: { Id: string }) => Id).sort(),
          volumes: ((await dockerode.listVolumes()).Volumes ?? []).map(({ Name }: { Name: string }) => Name).sort(),
        })
        const left = await inventory()
        const known = process.env['TESTCONTAINERS_RYUK_DISABLED']
        if (withoutRyuk !== undefined) process.env['TESTCONTAINERS_RYUK_DISABLED'] = withoutRyuk
        const runner = start([
          'run',
          '--sandbox',
          'container',
          '--image',
          releases.join(','),
          '--repeat',
          '50',
          '--reporter',
          'tap',
        ])
        if (known === undefined) delete process.env['TESTCONTAINERS_RYUK_DISABLED']
        for await (const line of createInterface(runner.stdout)) if (line.startsWith('ok ')) break
        t.equal((await containersOf(engine, runner.pid)).length, 2)
        const exit = once(runner, 'exit')
        runner.kill('SIGKILL')
        await exit
        t.ok(await becomes(async () => (await containersOf(engine, runner.pid)).length === 0))
        // Docker takes a container off its list before it removes the container's volumes (cleanupContainer in daemon/delete.go).
        await becomes(async () => isDeepStrictEqual(await inventory(), left))
        t.same(await inventory(), left)
      },
    )
  }
}
