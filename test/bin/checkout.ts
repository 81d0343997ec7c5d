import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'

const root = join(import.meta.dirname, '../..')

/** A lockfile with a package for a run, one for tests alone, and one that each system has its own of. */
export const lockfile = (version: string): string => `{"packages":{"":{},
"node_modules/tester":{"version":"${version}","dev":true},
"node_modules/own":{"version":"1","optional":true,"os":["${process.platform}"],"cpu":["${process.arch}"]},
"node_modules/foreign":{"version":"1","optional":true,"os":["plan9"],"cpu":["${process.arch}"]},
"node_modules/runner":{"version":"${version}"}}}
`

interface Started {
  env?: NodeJS.ProcessEnv
  /** A command that starts it, as in `unshare ...`. */
  before?: readonly string[]
}

/** What npm does of all that: it puts its own record of the lockfile beside the packages. A pipe holds it until it is read from. */
const npm = (calls: string): string => `#!/bin/sh
echo npm "$@" >> '${calls}'
[ ! -p gate ] || read -r _ < gate
rm -rf node_modules
mkdir node_modules
case "$*" in
  *--omit=dev*) grep -v '"dev":true' package-lock.json ;;
  *) cat package-lock.json ;;
esac | grep -v plan9 > node_modules/.package-lock.json
`

/**
 * A checkout with the real set-up, a command line that prints its arguments, and an npm and apt-get that only note
 * their calls.
 */
export class Checkout {
  readonly folder: string
  readonly #calls: string

  constructor(t: Test) {
    this.folder = t.testdir({ 'package.json': '{"type":"module"}', 'package-lock.json': lockfile('1') })
    this.#calls = join(this.folder, 'calls')
    for (const part of ['harness/bin', 'harness/sys/machine', 'harness/sys/node/own-modules.js'])
      cpSync(join(root, part), join(this.folder, part), { recursive: true })
    this.#writeMain("async (args: string[]) => console.log('ran', ...args)")
    for (const file of ['sandbox/agent-process.ts', 'cli/scenario-process/start-loader.ts'])
      this.#write(`harness/${file}`, 'export const startAhead = () => {}\n')
    this.#write('bin/npm', npm(this.#calls))
    this.#write(
      'bin/apt-get',
      `#!/bin/sh\necho apt-get "$@" >> '${this.#calls}'\nfor last; do :; done; [ "$last" = update ]\n`,
    )
    for (const tool of ['npm', 'apt-get']) chmodSync(join(this.folder, 'bin', tool), 0o755)
  }

  #writeMain(main: string): void {
    this.#write('harness/cli/main.ts', `export const preload = () => {}\nexport const main = ${main}\n`)
  }

  #write(path: string, text: string): void {
    mkdirSync(join(this.folder, path, '..'), { recursive: true })
    writeFileSync(join(this.folder, path), text)
  }

  setLockfile(text: string): void {
    this.#write('package-lock.json', text)
  }

  /** What somebody who calls npm himself gets. */
  npm(...args: readonly string[]): void {
    spawnSync(join(this.folder, 'bin/npm'), args, { cwd: this.folder })
  }

  /** @returns how to have every Node that is started load some code first. */
  preload(code: string): Started {
    this.#write('preload.cjs', code)
    return { env: { NODE_OPTIONS: `--require ${join(this.folder, 'preload.cjs')}` } }
  }

  /** Runs the command line as `npm run sidetrack` would. */
  run(args: readonly string[], started: Started = {}) {
    return this.#start('sidetrack.js', args, started)
  }

  /** Runs what `npm test`, `npm run check` and the like do. */
  task(name: string, started: Started = {}) {
    return this.#start('task.js', [name], started)
  }

  /** Has npm wait until something is written to what this returns. */
  holdNpm(): string {
    const gate = join(this.folder, 'gate')
    spawnSync('mkfifo', [gate])
    return gate
  }

  /** Has the command line go on until its standard input ends. */
  runUntilTold(): void {
    this.#writeMain("async () => { console.log('running'); for await (const _ of process.stdin); }")
  }

  /** What npm and apt-get have been called with since a command was last started by `run` or `task`. */
  calls(): string {
    return readFileSync(this.#calls, 'utf8')
  }

  /** Begins a command, in a process group of its own; everything of that group is ended after the test. */
  begin(t: Test, script: 'sidetrack.js' | 'task.js', ...args: readonly string[]): Begun {
    writeFileSync(this.#calls, '', { flag: 'a' })
    const begun = new Begun(
      spawn(process.execPath, [join(this.folder, 'harness/bin', script), ...args], {
        detached: true,
        env: this.#environment({}),
      }),
    )
    t.teardown(() => begun.kill())
    return begun
  }

  #environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    const { npm_execpath: _, npm_node_execpath: __, SIDETRACK_NO_INSTALL: ___, ...inherited } = process.env
    return { ...inherited, PATH: `${join(this.folder, 'bin')}:${process.env['PATH']}`, ...env }
  }

  #start(script: string, args: readonly string[], { env = {}, before = [] }: Started) {
    writeFileSync(this.#calls, '')
    const [program = '', ...rest] = [...before, process.execPath, join(this.folder, 'harness/bin', script), ...args]
    const { status, stdout, stderr } = spawnSync(program, rest, { encoding: 'utf8', env: this.#environment(env) })
    return { status, stdout, stderr, calls: this.calls() }
  }
}

/** A command under way. */
export class Begun {
  readonly #child: ChildProcess
  #said = ''
  #isOver = false

  constructor(child: ChildProcess) {
    this.#child = child
    child.once('close', () => {
      this.#isOver = true
      child.emit('said')
    })
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#said += text
        child.emit('said')
      })
  }

  /** Waits until it has said something; what it has said by its end is enough to see that it has not. */
  async says(text: string): Promise<string> {
    while (!this.#said.includes(text) && !this.#isOver) await once(this.#child, 'said')
    return this.#said
  }

  /** Tells one that goes on until its standard input ends. */
  tell(): void {
    this.#child.stdin?.end()
  }

  /** @returns its exit code, and all that it has said. */
  async end(): Promise<{ status: number | null; said: string }> {
    while (!this.#isOver) await once(this.#child, 'said')
    return { status: this.#child.exitCode, said: this.#said }
  }

  /** Kills it and whatever it has started, at once. */
  kill(): void {
    try {
      process.kill(-(this.#child.pid ?? Number.NaN), 'SIGKILL')
    } catch {
      // It has ended.
    }
  }
}
