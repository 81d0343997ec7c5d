import { readFileSync, writeSync } from 'node:fs'
import { HarnessError, type Issue } from '../../core/errors.ts'
import { issuesSoFar } from '../../input/issues.ts'
import { type Loaded, loadFiles } from '../../scenario/load.ts'
import { loadingIssue, placeOf } from '../../scenario/load-errors.ts'
import { Hearing } from './made-from.ts'
import { channel, type LoaderMessage } from './protocol.ts'
// Every scenario file imports it: a process that is started before its files are known has it loaded.
import '../../scenario/dsl.ts'

/**
 * Loads the scenario files that standard input lists, and sends what they export once nothing of theirs is still
 * running. Whatever a file does to its process happens here, and is reported as well.
 */
const asked = readFileSync(0, 'utf8')
// It has been started ahead of a command that has ended, or has none to load.
if (asked === '') process.exit()
const files: string[] = JSON.parse(asked)
const node = process as NodeJS.Process & { reallyExit(code: number): never }
const { reallyExit, kill } = node
let current = files[0] ?? ''
let loaded: Loaded | undefined
const hearing = new Hearing()
hearing.listen()

/** Writes synchronously, so that the message arrives whatever happens next. */
function send(message: LoaderMessage): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`)
  for (let written = 0; written < bytes.length; ) written += writeSync(channel, bytes, written)
}

function fail(...issues: readonly Issue[]): never {
  send({ issues: [...issuesSoFar(), ...issues] })
  return reallyExit.call(process, 1)
}

function ending(how: string): Issue {
  return { file: current, ...placeOf(new Error('here')), what: `ends its process ${how}`, hint: isData }
}

const isData = 'a scenario file is data, and its process is not its own'

/** Node's own process.exit ends here too. */
node.reallyExit = (code) => fail(ending(`with exit code ${code}`))
node.abort = () => fail(ending('with an abort'))
node.kill = (pid, signal) =>
  pid === process.pid ? fail(ending(`with ${signal ?? 'SIGTERM'}`)) : kill.call(process, pid, signal)
process.on('uncaughtException', (error) =>
  fail(loadingIssue(current, error, loaded === undefined ? 'does not load' : 'throws once it is loaded')),
)
process.on('beforeExit', () => {
  if (loaded === undefined) fail({ file: current, what: 'waits at its top level for what never comes', hint: isData })
  send({ begins: current })
  send({ loaded, madeFrom: hearing.of(files) })
  reallyExit.call(process, 0)
})

const busy: string[] = []
let left = countLeft()

/** How many resources keep the process alive; file reads are Node's own, loading the next module. */
function countLeft(): number {
  return process.getActiveResourcesInfo().filter((resource) => !/^FS|^CloseReq/.test(resource)).length
}

function noteBusy(): void {
  const now = countLeft()
  if (now > left) busy.push(current)
  left = now
}

try {
  const all = await loadFiles(
    files,
    (file) => {
      if (file !== files[0]) noteBusy()
      send({ begins: file })
      current = file
    },
    (importer, imported) => hearing.imported(importer, imported),
  )
  noteBusy()
  send({ busy })
  loaded = all
} catch (error) {
  fail(...(error instanceof HarnessError && error.issues.length > 0 ? error.issues : [loadingIssue(current, error)]))
}
