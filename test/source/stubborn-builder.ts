import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Test } from 'tap'
import { waitForEnd } from '../sandbox/pidfd.ts'
import { processes } from '../sandbox/processes.ts'

/** Children as hard to be rid of as an ordinary program makes them; each is known by the seconds that it sleeps. */
const script = (seconds: number, file: string, last: string): string => `
trap '' TERM INT HUP
sleep ${seconds} > /dev/null 2>&1 &
setsid sleep ${seconds} > /dev/null 2>&1 &
(setsid sh -c 'trap "" TERM INT HUP; sleep ${seconds} & sleep ${seconds}' > /dev/null 2>&1 < /dev/null &)
(nohup setsid env -i sleep ${seconds} > /dev/null 2>&1 < /dev/null &)
while [ "$(grep -slaP '^sleep\\x00${seconds}\\x00$' /proc/[0-9]*/cmdline | wc -l)" -lt 5 ]; do :; done
echo up > ${file}
${last}
`

/** A builder with children that have sessions, signals, environments and parents of their own. */
export class StubbornBuilder {
  /** What it is asked by. */
  readonly command: string
  readonly #seconds = randomInt(1e8, 1e9)
  readonly #fifo: string

  /** @param last how its script ends; by default it never does. */
  constructor(t: Test, last?: string) {
    // Not where tap keeps files: an ordinary user may not write there.
    const folder = mkdtempSync(join(tmpdir(), 'sidetrack-'))
    this.#fifo = join(folder, 'fifo')
    execFileSync('mkfifo', ['-m', '666', this.#fifo])
    const file = join(folder, 'builder')
    writeFileSync(file, script(this.#seconds, this.#fifo, last ?? `sleep ${this.#seconds}`))
    this.command = `exec:sh ${file}`
    t.teardown(() => {
      for (const pid of this.left()) process.kill(pid, 'SIGKILL')
      rmSync(folder, { recursive: true })
    })
  }

  /** Resolves once all its children are there. */
  async isUp(): Promise<void> {
    await once(createReadStream(this.#fifo), 'data')
  }

  /** Its children that are still there. */
  left(): number[] {
    return processes().flatMap(({ pid }) => (commandOf(pid) === `sleep\0${this.#seconds}\0` ? [pid] : []))
  }

  /** Waits until all of them have ended. @throws Error if one of them has not in time. */
  awaitEnd(): void {
    for (let left = this.left(); left.length > 0; left = this.left()) for (const pid of left) waitForEnd(pid)
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return ''
  }
}
