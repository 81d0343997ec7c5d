import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'

const root = join(import.meta.dirname, '../..')

/** A checkout with the real set-up, a command line that prints its arguments, and an npm and apt-get that only note their calls. */
export class Checkout {
  readonly folder: string
  readonly #calls: string

  constructor(t: Test) {
    this.folder = t.testdir({ 'package.json': '{"type":"module"}', 'package-lock.json': '{"lock":1}' })
    this.#calls = join(this.folder, 'calls')
    for (const part of ['harness/bin', 'harness/sys/requirements.js'])
      cpSync(join(root, part), join(this.folder, part), { recursive: true })
    this.#write('harness/cli/main.ts', "export const main = async (args: string[]) => console.log('ran', ...args)\n")
    this.#write(
      'bin/npm',
      `#!/bin/sh\necho npm "$@" >> '${this.#calls}'\nmkdir -p node_modules\ncp package-lock.json node_modules/.sidetrack-lock.json\n`,
    )
    this.#write('bin/apt-get', `#!/bin/sh\necho apt-get "$@" >> '${this.#calls}'\n[ "$1" = update ]\n`)
    for (const tool of ['npm', 'apt-get']) chmodSync(join(this.folder, 'bin', tool), 0o755)
  }

  #write(path: string, text: string): void {
    mkdirSync(join(this.folder, path, '..'), { recursive: true })
    writeFileSync(join(this.folder, path), text)
  }

  setLockfile(text: string): void {
    this.#write('package-lock.json', text)
  }

  /** Runs the command line as `npm run sidetrack` would. @param before a command that starts it, as in `unshare ...`. */
  run(args: string[], { env = {}, before = [] }: { env?: NodeJS.ProcessEnv; before?: string[] } = {}) {
    const { npm_execpath: _, npm_node_execpath: __, SIDETRACK_NO_INSTALL: ___, ...inherited } = process.env
    writeFileSync(this.#calls, '')
    const [program = '', ...rest] = [...before, process.execPath, join(this.folder, 'harness/bin/sidetrack.js'), ...args]
    const { status, stdout, stderr } = spawnSync(program, rest, {
      encoding: 'utf8',
      env: { ...inherited, PATH: `${join(this.folder, 'bin')}:${process.env['PATH']}`, ...env },
    })
    return { status, stdout, stderr, calls: spawnSync('cat', [this.#calls], { encoding: 'utf8' }).stdout }
  }
}
