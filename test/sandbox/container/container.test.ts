import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { ContainerSandbox } from '../../../harness/sandbox/container/container.ts'
import { type Engine, reachEngine, readSecurity } from '../../../harness/sandbox/engine/container-engine.ts'
import { agentLabel, removeUnstarted } from '../../../harness/sandbox/engine/container-image.ts'
import { imageOf } from '../../../harness/sandbox/engine/own-images.ts'
import { keepPrepared, preparedName } from '../../../harness/sandbox/container/prepared-image.ts'
import { use } from '../../helpers/use.ts'
import { becomes, containersOf, engineWith } from '../engine.ts'
import { waitForEnd } from '../pidfd.ts'
import { descendants } from '../processes.ts'

const image = imageOf('bookworm')
const engine = await engineWith(['bookworm'])
if (typeof engine === 'string') t.plan(0, engine)
else await testWith(engine)

async function testWith(engine: Engine): Promise<void> {
  const docker = engine.container.dockerode

  const ours = (runner?: ChildProcess): Promise<string[]> => containersOf(engine, runner?.pid)

  t.test('the container has what the agent needs, and nothing else', async (t) => {
    const sandbox = await ContainerSandbox.create(image)
    const [id = ''] = await ours()
    const { HostConfig, Mounts, NetworkSettings } = await docker.getContainer(id).inspect()
    t.match(HostConfig, {
      Privileged: false,
      NetworkMode: 'none',
      AutoRemove: true,
      CapDrop: ['ALL'],
      MaskedPaths: [],
      ReadonlyPaths: [],
    })
    t.same(HostConfig.CapAdd?.map((name: string) => name.replace(/^CAP_/, '')).sort(), [
      'DAC_READ_SEARCH',
      'KILL',
      'NET_ADMIN',
      'NET_RAW',
      'SETGID',
      'SETUID',
      'SYS_ADMIN',
    ])
    t.match(HostConfig.SecurityOpt, ['no-new-privileges'])
    const { memory, processes } = (await readSecurity(engine)).limits
    t.equal((HostConfig.Memory ?? 0) > 0, memory, 'its memory has a limit where the engine sets one')
    t.equal((HostConfig.PidsLimit ?? 0) > 0, processes, 'and its processes')
    t.same([Mounts, HostConfig.Binds ?? []], [[], []], 'nothing of this machine is mounted')
    t.same(Object.keys(NetworkSettings.Networks), ['none'])
    t.match(sandbox.info, {
      kind: 'container',
      image,
      node: process.version,
      iptables: { nft: /^1\.8/, legacy: /^1\.8/ },
    })
    await sandbox[Symbol.asyncDispose]()
    t.same(await ours(), [], 'and it is gone when the sandbox is closed')
    await sandbox[Symbol.asyncDispose]()
    await t.rejects(sandbox.ping(), { message: 'the sandbox has been closed' })
  })

  t.test('an agent that is stopped is given up, and its container removed all the same', async (t) => {
    const sandbox = await ContainerSandbox.create(image, { deadlines: { answer: 1_000 } })
    const container = docker.getContainer(sandbox.container)
    await container.kill({ signal: 'SIGSTOP' })
    await t.rejects(sandbox.ping(), { message: /^the agent has not answered 'ping' for 1 s/ })
    await sandbox[Symbol.asyncDispose]()
    t.same(await ours(), [])
  })

  t.test('whoever asks for the engine while it is being found gets the same', async (t) => {
    t.equal(reachEngine(), reachEngine(), 'what is told to testcontainers by its environment holds until it is found')
  })

  t.test('SIGKILL of the runner leaves no container', async (t) => {
    for (const milliseconds of [0, 50]) {
      const runner = startRunner()
      await hears(runner, 'ready')
      await wait(milliseconds)
      t.equal((await ours(runner)).length, 1)
      await kill(runner)
      t.ok(await becomes(async () => (await ours(runner)).length === 0), `${milliseconds} ms into the pods`)
    }
  })

  t.test('SIGKILL of a runner whose container has just been made, or is about to be, leaves none either', async (t) => {
    const runners: ChildProcess[] = []
    const killedAt = async (moment: (runner: ChildProcess) => Promise<unknown>): Promise<void> => {
      const runner = startRunner()
      runners.push(runner)
      await moment(runner)
      const watchdogs = descendants(runner.pid)
      await kill(runner)
      for (const { pid } of watchdogs) waitForEnd(pid)
    }
    await killedAt(async ({ pid }) => {
      const filters = { event: ['create'], label: [`${agentLabel}=${pid}`] }
      const made = (await docker.getEvents({ filters })) as unknown as Readable
      await once(made, 'data')
      made.destroy()
    })
    for (const milliseconds of [200, 300, 400]) {
      await killedAt(async (runner) => {
        await hears(runner, 'creating')
        await wait(milliseconds)
      })
    }
    // A watchdog that was started after that look at the runner is still at work.
    for (const runner of runners) t.ok(await becomes(async () => (await ours(runner)).length === 0))
  })

  t.test('one that is about to start is left alone', async (t) => {
    const made = await docker.createContainer({
      Image: image,
      Cmd: ['true'],
      Labels: { [agentLabel]: `${process.pid}` },
    })
    await removeUnstarted(engine, 60, process.pid)
    t.ok((await ours()).includes(made.id))
    await removeUnstarted(engine, 0, process.pid)
    t.notOk((await ours()).includes(made.id))
  })

  t.test('a container that is killed ends what is asked of it, and says so', async (t) => {
    const sandbox = use(t, await ContainerSandbox.create(image))
    const [id = ''] = await ours()
    await docker.getContainer(id).kill()
    await t.rejects(sandbox.ping(), { fault: 'machine', message: /^the sandbox has ended \(exit code 137\)/ })
  })

  t.test('of the images that are kept with Node in them, those of an earlier image of the same name go', async (t) => {
    const name = `localhost/sidetrack/test:prepared-${process.pid}`
    const keys = ['first', 'second'].map((key) => `${key}-${process.pid}`)
    t.teardown(() => Promise.allSettled(keys.map((key) => docker.getImage(preparedName(key)).remove())))
    const made = await docker.createContainer({ Image: image, Cmd: ['true'] })
    t.teardown(() => made.remove())
    const kept = async (): Promise<unknown> => {
      const images = await docker.listImages({ filters: { label: [`sidetrack.prepared=${name}`] } })
      return images.flatMap(({ RepoTags }) => RepoTags).sort()
    }
    for (const key of keys) await keepPrepared(engine, made, name, key)
    t.same(await kept(), keys.map(preparedName), 'not while they are young: two checkouts may take turns')
    await keepPrepared(engine, made, name, keys[1] ?? '')
    t.same(await kept(), keys.map(preparedName), 'one whose name another one has taken goes at once')
    await keepPrepared(engine, made, name, keys[1] ?? '', 0)
    t.same(await kept(), [preparedName(keys[1] ?? '')])
  })

  t.test('an image that is not there is told before anything is started', async (t) => {
    const refused = async (image: string, message: RegExp, hint: RegExp): Promise<void> => {
      await t.rejects(ContainerSandbox.create(image), { fault: 'machine', message, hint })
    }
    await refused('localhost/sidetrack/none', /has no image 'localhost\/sidetrack\/none'$/, /npm run images/)
    await refused('nobody/none:1', /has no image/, /docker pull nobody\/none:1/)
    t.same(await ours(), [], 'nothing is left')
  })
}

function startRunner(): ChildProcess {
  const file = join(import.meta.dirname, '../fixtures/container-runner.ts')
  return spawn(process.execPath, [file, image], { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function hears({ stdout }: ChildProcess, words: string): Promise<void> {
  for await (const line of createInterface(stdout as Readable)) if (line === words) return
}

async function kill(runner: ChildProcess): Promise<void> {
  const exit = once(runner, 'exit')
  runner.kill('SIGKILL')
  await exit
}
