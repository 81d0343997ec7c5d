import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type Report, readReport } from '../../harness/report/reading/read-report.ts'
import { waitForEnd } from '../sandbox/pidfd.ts'
import { descendants, namespacesOf } from '../sandbox/processes.ts'
import { start } from './command-line.ts'

/** Whether a process is a Node that runs this module. */
function runs(pid: number, module: string): boolean {
  try {
    const [program = '', ...words] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return program.endsWith('node') && words.some((word) => word.endsWith(module))
  } catch {
    return false
  }
}

/** A run that would last for minutes, and that a test stops in the middle. */
class LongRun {
  readonly process: ReturnType<typeof start>
  readonly report: string
  readonly exit: Promise<unknown[]>
  readonly complaint: Promise<string>
  readonly #begun: Promise<unknown>

  constructor(t: Test) {
    const folder = mkdtempSync(join(tmpdir(), 'sidetrack-'))
    this.report = join(folder, 'report.json')
    const reporters = ['--reporter', 'tap', '--reporter', `json=${this.report}`]
    this.process = start(['run', 'osm/outbound', '--repeat', '1000', ...reporters])
    this.exit = once(this.process, 'exit')
    this.complaint = text(this.process.stderr)
    const lines = createInterface(this.process.stdout)
    this.#begun = new Promise<void>((resolve) => lines.on('line', (line) => /^(not )?ok /.test(line) && resolve()))
    t.teardown(() => {
      this.process.kill('SIGKILL')
      rmSync(folder, { recursive: true })
    })
  }

  result(): Report {
    return readReport('the report', readFileSync(this.report, 'utf8'), (file) => file)
  }

  async begun(): Promise<void> {
    await Promise.race([this.#begun, this.exit])
  }

  /** Resolves once it has read its scenarios, and has nobody but its agent to wait for; or has ended. */
  async waits(): Promise<void> {
    const reads = (): boolean => descendants(this.process.pid).some(({ pid }) => runs(pid, 'scenario-process/main.ts'))
    while (this.process.exitCode === null && !reads()) await sleep(5)
    while (this.process.exitCode === null && reads()) await sleep(5)
  }

  async encloser(): Promise<number> {
    await this.agent()
    return descendants(this.process.pid).find(({ name }) => name === 'unshare')?.pid ?? 0
  }

  /** The first process of the sandbox. */
  async agent(): Promise<number> {
    for (;;) {
      const started = descendants(this.process.pid)
      const own = namespacesOf(process.pid)?.pid
      const found = started.find(
        ({ pid }) => runs(pid, 'agent/main.ts') && ![own, undefined].includes(namespacesOf(pid)?.pid),
      )
      if (found !== undefined) return found.pid
      await sleep(5)
    }
  }
}

t.test('one SIGINT ends a run whose agent is stopped, with a report; nothing is left', async (t) => {
  const run = new LongRun(t)
  await run.begun()
  const agent = await run.agent()
  process.kill(agent, 'SIGSTOP')
  run.process.kill('SIGINT')
  t.same(await run.exit, [130, null])
  waitForEnd(agent)
  const { interrupted, summary } = run.result()
  t.equal(interrupted, true)
  t.equal(summary.failed, 0)
})

t.test('a second one ends it at once', async (t) => {
  const run = new LongRun(t)
  await run.begun()
  const agent = await run.agent()
  process.kill(agent, 'SIGSTOP')
  run.process.kill('SIGINT')
  await sleep(400)
  run.process.kill('SIGINT')
  t.same(await run.exit, [130, null])
  waitForEnd(agent)
  t.equal(run.result().interrupted, true)
})

t.test('an agent that is stopped before it has said hello', async (t) => {
  const run = new LongRun(t)
  const agent = await run.agent()
  process.kill(agent, 'SIGSTOP')
  // The agent starts before the call is read.
  await run.waits()
  run.process.kill('SIGINT')
  t.same(await run.exit, [130, null])
  waitForEnd(agent)
  t.equal(run.result().interrupted, true)
})

for (const victim of ['agent', 'encloser'] as const) {
  t.test(`an ${victim} that is killed is the machine's fault, in one line`, async (t) => {
    const run = new LongRun(t)
    await run.begun()
    process.kill(await run[victim](), 'SIGKILL')
    t.same(await run.exit, [3, null])
    t.equal(await run.complaint, '')
    const { error, summary } = run.result()
    t.match(error, { fault: 'machine', message: /^the sandbox has ended \(SIGKILL\): its agent has been killed; see / })
    t.equal(summary.failed, 0)
  })
}
