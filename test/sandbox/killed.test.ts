import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { waitForEnd } from './pidfd.ts'
import { descendants, namespacesOf, processes, signal, statusOf } from './processes.ts'

/** A process that is to be killed: our own, the one that encloses the sandbox, or the first one in it. */
type Victim = 'runner' | 'encloser' | 'agent'
const victims: readonly Victim[] = ['runner', 'encloser', 'agent']

/** What a runner has compiled is there for the next one: to load takes half as long then. */
const compiled = join(import.meta.dirname, '../../harness/bin/compile-cache.js')

/** Runs `fixtures/runner.ts` with a mark in its PATH, which everything that it starts inherits. */
class MarkedRun {
  readonly #process: ChildProcess
  readonly #mark = randomUUID()
  readonly #folder: string
  /** By their names, each with a descriptor: as long as that is open, no other namespace gets the name. */
  readonly #namespaces = new Map<string, number>()
  readonly exit: Promise<unknown>
  readonly said: string[] = []
  #heard = Promise.withResolvers<void>()

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'sidetrack-test-'))
    this.#process = spawn(process.execPath, ['--import', compiled, join(import.meta.dirname, 'fixtures/runner.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, PATH: `${process.env['PATH']}:/${this.#mark}`, TMPDIR: this.#folder },
    })
    this.exit = once(this.#process, 'exit')
    createInterface(this.#process.stdout as NonNullable<ChildProcess['stdout']>).on('line', (line) => {
      this.said.push(line)
      this.#heard.resolve()
      this.#heard = Promise.withResolvers()
    })
  }

  async hears(words: string): Promise<void> {
    while (!this.said.includes(words)) await this.#heard.promise
  }

  /** @returns undefined as long as there is no such process. */
  pidOf(victim: Victim): number | undefined {
    const runner = this.#process.pid as number
    if (victim === 'runner') return runner
    const started = descendants(runner)
    const encloser = started.find(({ parent }) => parent === runner)?.pid
    if (victim === 'encloser') return encloser
    const own = namespacesOf(process.pid)?.pid
    return started.find(({ pid, parent }) => parent === encloser && ![own, undefined].includes(namespacesOf(pid)?.pid))
      ?.pid
  }

  /** Kills one process, and waits until all that this run has ever started have ended. */
  async kill(victim: Victim): Promise<void> {
    const pid = this.pidOf(victim)
    if (pid === undefined) throw new Error(`there is no ${victim}`)
    this.#hold(this.pidOf('agent'))
    process.kill(pid, 'SIGKILL')
    await this.exit
    for (let left = this.left(); left.length > 0; left = this.left()) for (const { pid } of left) waitForEnd(pid)
  }

  #hold(agent: number | undefined): void {
    for (const [kind, name] of Object.entries(namespacesOf(agent ?? 0) ?? {})) {
      if (!this.#namespaces.has(name)) this.#namespaces.set(name, openSync(`/proc/${agent}/ns/${kind}`, 'r'))
    }
  }

  /** The processes that carry the mark, or are in one of the sandbox's namespaces. */
  left(): { pid: number; name: string }[] {
    return processes().filter(({ pid }) => {
      if (pid === process.pid) return false
      return (
        this.#isMarked(pid) ||
        Object.values(namespacesOf(pid) ?? {}).some((namespace) => this.#namespaces.has(namespace))
      )
    })
  }

  #isMarked(pid: number): boolean {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(this.#mark)
    } catch {
      return false
    }
  }

  /** What it has put where temporary files belong. */
  get files(): string[] {
    return readdirSync(this.#folder)
  }

  /** Takes away whatever a test that failed has left. */
  remove(): void {
    for (const { pid } of this.left()) process.kill(pid, 'SIGKILL')
    for (const fd of this.#namespaces.values()) closeSync(fd)
    this.#namespaces.clear()
    rmSync(this.#folder, { recursive: true })
  }
}

/**
 * What a sandbox could leave on the machine beside processes; containers, and whatever else others mount and lock, come
 * and go meanwhile.
 */
const machine = (): object => ({
  links: readdirSync('/sys/class/net'),
  mounts: readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => /sidetrack|netns|nsfs/.test(line) && !/\/(?:docker|containers)\//.test(line)),
  namespaces: existsSync('/run/netns') ? readdirSync('/run/netns') : [],
  locks: readdirSync('/run').filter((name) => /^xtables-/.test(name)),
})

/** Where in a run the kill comes. */
const moments: Record<string, (run: MarkedRun, victim: Victim) => Promise<void>> = {
  'before the agent is there': async (run, victim) => {
    await run.hears('creating')
    while (run.pidOf(victim) === undefined) await wait(0)
  },
  'before the agent has said hello': async (run) => {
    while (run.pidOf('agent') === undefined) await wait(0)
  },
  'as the first pod is made': (run) => run.hears('ready'),
  ...Object.fromEntries(
    [8, 30, 90].map((milliseconds) => [
      `${milliseconds} ms into the pods`,
      async (run: MarkedRun) => {
        await run.hears('ready')
        await wait(milliseconds)
      },
    ]),
  ),
}

/** Root, as which this runs too, has all of them; what an ordinary user has otherwise is the encloser. */
const chosen = Object.entries(moments).filter((_, index) => process.getuid?.() === 0 || index % 2 === 0)

for (const victim of victims) {
  t.test(`SIGKILL of the ${victim} leaves nothing, whenever it comes`, async (t) => {
    const before = machine()
    for (const [moment, reach] of chosen) {
      const run = new MarkedRun()
      t.teardown(() => run.remove())
      await reach(run, victim)
      await run.kill(victim)
      t.same(run.left(), [], moment)
      t.same(run.files, [], `${moment}: no file`)
      if (victim !== 'runner')
        t.match(run.said.at(-1), /^machine: the sandbox has ended/, `${moment}: the runner says so and ends`)
    }
    t.same(machine(), before)
  })
}

t.test('a run that is not killed is seen', async (t) => {
  const run = new MarkedRun()
  t.teardown(() => run.remove())
  await run.hears('ready')
  const names = run.left().map(({ name }) => name)
  t.ok(names.length >= 3, names.join())
  await run.kill('runner')
})

t.test('an agent that cannot read the end of its input goes with its runner all the same', async (t) => {
  const run = new MarkedRun()
  t.teardown(() => run.remove())
  await run.hears('ready')
  signal(run.pidOf('agent'), 'SIGSTOP')
  await run.kill('runner')
  t.same(run.left(), [])
})

t.test('an agent whose input does not end goes with what encloses it', async (t) => {
  const run = new MarkedRun()
  t.teardown(() => run.remove())
  await run.hears('ready')
  const [runner, encloser, agent] = victims.map((victim) => run.pidOf(victim))
  if (agent === undefined) return t.fail('there is no agent')
  signal(runner, 'SIGSTOP')
  signal(encloser, 'SIGKILL')
  waitForEnd(agent)
  t.equal(statusOf(agent), undefined)
  await run.kill('runner')
})
