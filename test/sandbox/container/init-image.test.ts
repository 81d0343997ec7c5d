import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { backends } from '../../../harness/flow/backend.ts'
import type { InitContainer } from '../../../harness/flow/init-container.ts'
import { findBuilder } from '../../../harness/mesh/index.ts'
import { run } from '../../../harness/run/schedule/run.ts'
import { ContainerSandbox } from '../../../harness/sandbox/container/container.ts'
import type { Engine } from '../../../harness/sandbox/engine/container-engine.ts'
import { runInitContainer } from '../../../harness/sandbox/container/init-container.ts'
import { InitImageSandbox } from '../../../harness/sandbox/container/init-image.ts'
import { NamespaceSandbox } from '../../../harness/sandbox/namespaces.ts'
import { imageOf } from '../../../harness/sandbox/engine/own-images.ts'
import type { Sandbox } from '../../../harness/sandbox/sandbox.ts'
import { app } from '../../../harness/scenario/dsl.ts'
import { loadScenarios } from '../../helpers/load-scenarios.ts'
import type { Scenario } from '../../../harness/scenario/scenario.ts'
import { sidetrack, start } from '../../cli/command-line.ts'
import { Heard, options } from '../../run/options.ts'
import { use } from '../../helpers/use.ts'
import { becomes, containersOf, engineWith } from '../engine.ts'
import { plan as planLiteral } from '../literal-pod.ts'
import { makeInitImage } from '../init-images.ts'
import { waitForEnd } from '../pidfd.ts'
import { descendants } from '../processes.ts'

const engine = await engineWith(['bookworm'])
if (typeof engine === 'string') t.plan(0, engine)
else await testWith(engine)

async function testWith(engine: Engine): Promise<void> {
  const images = { nft: await makeInitImage(engine, t, 'nft'), legacy: await makeInitImage(engine, t, 'legacy') }

  const open = async (t: Test, initImage: string): Promise<Sandbox> =>
    use(t, await InitImageSandbox.create(imageOf('bookworm'), initImage, {}))

  const ours = async (): Promise<string[]> => {
    const made = await engine.container.dockerode.listContainers({ all: true, filters: { label: ['sidetrack.init'] } })
    return made.filter(({ Image }) => Object.values(images).includes(Image)).map(({ Id }) => Id)
  }

  for (const backend of backends) {
    t.test(
      `what a mesh's init container makes of a pod is what the sandbox of namespaces has, iptables-${backend}`,
      async (t) => {
        const files = ['applied-twice', 'inner-bridge', 'pod-ip-mode', 'rejected-rules']
        const scenarios: Scenario[] = []
        for (const name of files) {
          const own = await loadScenarios(join(import.meta.dirname, `../../../scenarios/osm/${name}.ts`))
          scenarios.push(...own.slice(0, 6))
        }
        const resultsIn = async (sandbox: Sandbox, initContainers?: true): Promise<[string, object][]> => {
          const heard = new Heard()
          const where = [{ sandbox: Promise.resolve(sandbox), ...(initContainers && { initContainers }) }]
          await run(options({ scenarios, backends: [backend], jobs: 4, where }), heard.listen)
          return heard.results
            .map(({ check, status, observed, reason }): [string, object] => [check.id, { status, observed, reason }])
            .sort(([a], [b]) => (a < b ? -1 : 1))
        }
        const sandbox = await open(t, images[backend])
        const redirect = '-A OUTPUT -p udp --dport 53 -j REDIRECT --to-ports 15001'
        const { plan } = planLiteral(backend, {
          ipv4: { nat: [redirect] },
          flows: [app.udp('203.0.113.10:53').isRedirected('outbound')],
        })
        t.match(sandbox.info, {
          kind: 'container',
          image: images[backend],
          podImage: imageOf('bookworm'),
          iptables: { [backend]: /^1\.8/ },
        })
        t.same(Object.keys(sandbox.info.iptables), [backend])
        const results = await resultsIn(sandbox, true)
        t.ok(results.length > 80, `${results.length} checks`)
        t.same(results, await resultsIn(use(t, await NamespaceSandbox.create())))
        await using pod = await sandbox.stand(plan.pod)
        const verdicts: string[] = []
        for (const rules of [plan.rules, [], plan.rules]) {
          const specs = rules.flatMap(
            (text) =>
              findBuilder('osm').initContainer('1.2', text, { config: {}, podAnnotations: {}, podIPs: [] }) ?? [],
          )
          await pod.load({ rules, initContainers: specs })
          for await (const result of pod.send(plan.flows))
            verdicts.push('observed' in result ? result.observed.verdict : result.error)
        }
        t.same(
          verdicts,
          ['redirected', 'direct', 'redirected'],
          'one pod is loaded again by others, and nothing is left of the first',
        )
        t.same(await ours(), [], 'none of its init containers is left')
      },
    )
  }

  t.test(
    'it has the user and the capabilities that its mesh gives it beside those of every container, and the network of the pod',
    async (t) => {
      await using pod = await ContainerSandbox.create(imageOf('bookworm'))
      const { dockerode } = engine.container
      const { Id: id } = await dockerode.getImage(images.nft).inspect()
      const look =
        'while read -r line; do echo "$line"; done </proc/self/status; echo /proc/sys/net/ipv4/conf/*; echo "$POD_IP"'
      const started = async (securityContext: InitContainer['securityContext']) => {
        const spec = {
          name: 'look',
          command: ['/bin/sh'],
          args: ['-c', look],
          env: { POD_IP: '10.244.0.5' },
          securityContext,
        }
        return runInitContainer(engine, { name: images.nft, id }, spec, pod.container)
      }
      const capabilitiesOf = (log: string, set: string): bigint =>
        BigInt(`0x${new RegExp(`^${set}:\\s*(\\w+)`, 'm').exec(log)?.[1]}`)
      await pod.prepare({ pod: 'pod', backend: 'nft', links: [link] })
      const plain = await started({})
      const osm = await started({ runAsUser: 0, capabilities: { add: ['NET_ADMIN'] } })
      const nobody = await started({ runAsUser: 65534, capabilities: { drop: ['ALL'] } })
      t.match(osm, { name: 'look', image: images.nft, reason: 'Completed', exitCode: 0 })
      t.match(osm.log, /^Uid:\s*0\s*0\s*0\s*0$/m)
      t.match(osm.log, /conf\/eth0\b.*\n10\.244\.0\.5\n$/, 'the interface of the pod, and its address')
      t.equal(
        capabilitiesOf(osm.log, 'CapEff') ^ capabilitiesOf(plain.log, 'CapEff'),
        1n << 12n,
        'CAP_NET_ADMIN is what it has more',
      )
      t.equal(capabilitiesOf(osm.log, 'CapBnd'), capabilitiesOf(osm.log, 'CapEff'))
      t.match(nobody.log, /^Uid:\s*65534/m)
      t.equal(capabilitiesOf(nobody.log, 'CapBnd'), 0n)
    },
  )

  t.test('one that fails is shown as the users of the mesh meet it, and its exit code and log are kept', async (t) => {
    const folder = t.testdir({ 'bad.ts': bad })
    const args = ['run', `${folder}/bad.ts`, '--sandbox', 'container', '--init-image', images.nft]
    const { status, stdout } = sidetrack([...args, '--reporter', 'json'])
    t.equal(status, 1)
    const [payload, chain] = JSON.parse(stdout).checks
    t.match(payload, {
      id: `osm/bad/a-payload/app-tcp-203.0.113.10:80/nft/ipv4/${images.nft}`,
      status: 'error',
      fault: 'rules',
      reason:
        /^the init container osm-init has ended with Error, exit code 2, at line 2 \(-A OUTPUT -d 256\.0\.0\.0\/8 -j ACCEPT\): .*256/,
      rules: {
        initContainers: [
          { name: 'osm-init', image: images.nft, reason: 'Error', exitCode: 2, log: /^iptables-restore v1\.8.*256/ },
        ],
      },
    })
    t.match(chain, { reason: /exit code 2, at line 2 \(iptables -t nat -A A -j NOWHERE\): / })
    const text = sidetrack([...args, '--grep', 'a-payload']).stdout
    t.match(
      text,
      /kubectl describe pod.*\n +osm-init:\n +Image: +localhost.*\n +State: +Terminated\n +Reason: +Error\n +Exit Code: +2\n/,
    )
    t.match(text, /kubectl logs -c osm-init\)\n +iptables-restore v1\.8.*256/)
    t.match(text, `--init-image ${images.nft}`, 'and how to run it again')
  })

  t.test('SIGKILL of the runner leaves neither a pod nor an init container', async (t) => {
    const filters = { event: ['create'], label: ['sidetrack.init'] }
    const made = (await engine.container.dockerode.getEvents({ filters })) as unknown as Readable
    const runner = start(['run', 'outbound', '--sandbox', 'container', '--init-image', images.nft])
    // The first one is asked which iptables it has; the second one is in a pod.
    for (const _ of ['version', 'pod']) await once(made, 'data')
    made.destroy()
    const processes = descendants(runner.pid)
    const exit = once(runner, 'exit')
    runner.kill('SIGKILL')
    await exit
    for (const { pid } of processes) waitForEnd(pid)
    t.ok(await becomes(async () => [...(await containersOf(engine, runner.pid)), ...(await ours())].length === 0))
  })

  t.test('what is not in the image does not start, as containerd says it', async (t) => {
    const { dockerode } = engine.container
    const { Id: id } = await dockerode.getImage(images.nft).inspect()
    await using pod = await ContainerSandbox.create(imageOf('bookworm'))
    const spec = { name: 'osm-init', command: ['/bin/none'], args: [], env: {}, securityContext: {} }
    const ended = await runInitContainer(engine, { name: images.nft, id }, spec, pod.container)
    t.match(ended, { reason: 'StartError', exitCode: 128, log: /\/bin\/none.*no such file/ })
  })

  t.test('calls that cannot be are refused, and leave nothing', async (t) => {
    const refused = (args: string, status: number, line: RegExp): void =>
      void t.match(sidetrack(['run', 'outbound', ...args.split(' ')]), { status, stderr: line })
    refused(
      `--init-image ${images.nft}`,
      2,
      /^sidetrack: --init-image: namespaces have no init container; add --sandbox container\n$/,
    )
    const inContainer = (image: string): string => `--sandbox container --init-image ${image}`
    refused(
      `${inContainer(images.nft)} --iptables legacy`,
      2,
      /^sidetrack: --iptables: the init image .* has iptables-nft alone; leave/,
    )
    refused(
      `${inContainer(images.nft)} --image bookworm,trixie`,
      2,
      /^sidetrack: --image: --init-image takes one image for its pods/,
    )
    refused(inContainer('localhost/none'), 3, /^sidetrack: the container engine has no image 'localhost\/none'/)
    t.same(await containersOf(engine), [])
    t.same(await ours(), [])
  })
}

const link = {
  name: 'eth0',
  pod: { ipv4: '10.244.0.5/24', ipv6: 'fd00:10::5/64' },
  peer: { ipv4: '10.244.0.1/24', ipv6: 'fd00:10::1/64' },
}

const bad = `import { app, ruleText, scenario } from 'sidetrack'
const flows = [app.tcp('203.0.113.10:80').isDirect()]
export default [
  scenario('a payload', { rules: ruleText('osm', '*nat\\n-A OUTPUT -d 256.0.0.0/8 -j ACCEPT\\nCOMMIT\\n'), flows }),
  scenario('a chain', { rules: ruleText('osm', 'iptables -t nat -N A && iptables -t nat -A A -j NOWHERE'), flows }),
]
`
