import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { type Contexts, expand, isMet, type Status } from './expression.ts'

/** A step of a workflow, or of a composite action. */
export interface Step {
  id?: string
  if?: string
  run?: string
  shell?: string
  uses?: string
  with?: Readonly<Record<string, unknown>>
  env?: Readonly<Record<string, string>>
}

interface Action {
  inputs?: Readonly<Record<string, { default?: string; required?: boolean }>>
  outputs?: Readonly<Record<string, { value: string }>>
  runs: { using: string; steps: readonly Step[] }
}

/** Where a job runs, and what it is about. */
export interface Machine {
  /** A folder of the test, for the runner's own files. */
  place: string
  /** The caller's checkout, as the machine outside sees it. */
  workspace: string
  github: Readonly<Record<string, unknown>>
  /** Where `OWNER/REPOSITORY` lies that `uses` names. */
  repositories: Readonly<Record<string, string>>
  /** What an action of somebody else's says, such as actions/cache. */
  foreign?: (name: string, inputs: Readonly<Record<string, string>>) => Readonly<Record<string, string>>
  env?: Readonly<Record<string, string>>
  /** In a container paths are others, steps are started by its engine, and the shell is another if none is named. */
  container?: { inside(path: string): string; command(env: Readonly<Record<string, string>>): readonly string[] }
}

/** What became of a job. */
export interface Outcome {
  status: Status
  /** Of the workflow's own steps. */
  steps: Record<string, { outputs: Record<string, string> }>
  /** What all steps have printed. */
  log: string
  summary: string
  /** Lines such as `::error file=…::…`. */
  annotations: string[]
  /** Actions of somebody else's that steps have used. */
  used: { name: string; inputs: Record<string, string> }[]
}

/** Runs the steps of a job as GitHub's runner does (its ScriptHandler, CompositeActionHandler and file commands). */
export function runJob(steps: readonly Step[], machine: Machine): Outcome {
  const job = new Job(machine)
  const own = job.run(steps, {}, {})
  return { ...own, log: job.log, summary: job.summary, used: job.used, annotations: job.annotations }
}

class Job {
  log = ''
  summary = ''
  readonly used: Outcome['used'] = []
  readonly #machine: Machine
  readonly #env: Record<string, string>
  readonly #path: string[] = []
  readonly #temp: string
  #count = 0

  constructor(machine: Machine) {
    this.#machine = machine
    this.#temp = join(machine.place, '_temp')
    mkdirSync(join(this.#temp, '_runner_file_commands'), { recursive: true })
    this.#env = { ...machine.env }
  }

  get annotations(): string[] {
    return this.log.split('\n').filter((line) => /^::(error|warning|notice)\b/.test(line))
  }

  run(
    all: readonly Step[],
    inputs: Readonly<Record<string, string>>,
    around: Readonly<Record<string, string>>,
  ): Pick<Outcome, 'status' | 'steps'> {
    const steps: Outcome['steps'] = {}
    let status: Status = 'success'
    for (const step of all) {
      const contexts = { inputs, steps, github: this.#machine.github, env: this.#env, runner: { os: 'Linux' } }
      if (!isMet(step.if, contexts, status)) continue
      const given = expandAll(step.env ?? {}, contexts, status)
      const done =
        step.uses === undefined
          ? this.#runScript(step, { ...around, ...given })
          : this.#use(step.uses, expandAll(step.with ?? {}, contexts, status))
      if (step.id !== undefined) steps[step.id] = { outputs: done.outputs }
      if (done.status === 'failure') status = 'failure'
    }
    return { status, steps }
  }

  #use(uses: string, given: Readonly<Record<string, string>>): Done {
    const [, repository = '', path = ''] = /^([^/]+\/[^/@]+)\/?([^@]*)@/.exec(uses) ?? []
    const root = this.#machine.repositories[repository]
    if (root === undefined) {
      this.used.push({ name: repository, inputs: { ...given } })
      return { status: 'success', outputs: { ...this.#machine.foreign?.(repository, given) } }
    }
    const action: Action = parse(readFileSync(join(root, path, 'action.yml'), 'utf8'))
    const { inputs = {}, outputs = {}, runs } = action
    if (runs.using !== 'composite') throw new Error(`${uses} is not composite`)
    for (const name of Object.keys(given)) if (!Object.hasOwn(inputs, name)) throw new Error(`${uses} has no '${name}'`)
    const values = Object.fromEntries(
      Object.entries(inputs).map(([name, { default: standard = '', required = false }]) => {
        if (required && given[name] === undefined) throw new Error(`${uses} wants '${name}'`)
        return [name, given[name] ?? standard]
      }),
    )
    const { status, steps } = this.run(runs.steps, values, { GITHUB_ACTION_PATH: this.#inside(join(root, path)) })
    const said = Object.entries(outputs).map(([name, { value }]) => [
      name,
      expand(value, { steps, inputs: values }, status),
    ])
    return { status, outputs: Object.fromEntries(said) }
  }

  #runScript({ run = '', shell }: Step, env: Readonly<Record<string, string>>): Done {
    if (/\$\{\{/.test(run)) throw new Error(`an expression stands in a shell text: ${run}`)
    const { container, github, place, workspace } = this.#machine
    this.#count += 1
    const files = Object.fromEntries(
      ['OUTPUT', 'ENV', 'PATH', 'STEP_SUMMARY'].map((name) => {
        const file = join(this.#temp, '_runner_file_commands', `${name.toLowerCase()}_${this.#count}`)
        writeFileSync(file, '')
        return [name, file] as const
      }),
    )
    const script = join(this.#temp, `${this.#count}.sh`)
    writeFileSync(script, run)
    const words = [...shellWords(shell, container !== undefined), this.#inside(script)]
    const own: Record<string, string> = {
      ...this.#env,
      ...env,
      ...Object.fromEntries(Object.entries(files).map(([name, file]) => [`GITHUB_${name}`, this.#inside(file)])),
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: this.#inside(workspace),
      RUNNER_TEMP: this.#inside(this.#temp),
      GITHUB_SHA: `${github['sha']}`,
      GITHUB_EVENT_NAME: `${github['event_name']}`,
      GITHUB_REF: `${github['ref']}`,
    }
    const path = [...this.#path, own['PATH'] ?? ''].join(':')
    const [command = '', ...args] =
      container === undefined
        ? words
        : [...container.command({ ...own, ...(this.#path.length > 0 && { PATH: path }) }), ...words]
    const { status, stdout, stderr } = spawnSync(command, args, {
      cwd: container === undefined ? workspace : place,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      env: container === undefined ? { HOME: process.env['HOME'] ?? '/', ...own, PATH: path } : process.env,
    })
    this.log += `${stdout}${stderr}`
    const text = (name: keyof typeof files): string => readFileSync(files[name] ?? '', 'utf8')
    this.summary += text('STEP_SUMMARY')
    this.#path.unshift(...text('PATH').split('\n').filter(Boolean))
    Object.assign(this.#env, readPairs(text('ENV')))
    return { status: status === 0 ? 'success' : 'failure', outputs: readPairs(text('OUTPUT')) }
  }

  #inside(path: string): string {
    return this.#machine.container?.inside(path) ?? path
  }
}

interface Done {
  status: Status
  outputs: Record<string, string>
}

function shellWords(shell: string | undefined, isContainer: boolean): string[] {
  if (shell === 'bash') return ['bash', '--noprofile', '--norc', '-e', '-o', 'pipefail']
  if (shell !== undefined && shell !== 'sh') throw new Error(`no shell '${shell}' here`)
  return isContainer || shell === 'sh' ? ['sh', '-e'] : ['bash', '-e']
}

const expandAll = (
  values: Readonly<Record<string, unknown>>,
  contexts: Contexts,
  status: Status,
): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, expand(`${value}`, contexts, status)]))

/** Lines `NAME=VALUE`, and `NAME<<END` with lines up to that word. @throws Error at any other, as the runner does. */
function readPairs(text: string): Record<string, string> {
  const lines = text.split('\n')
  const pairs: Record<string, string> = {}
  while (lines.length > 0) {
    const line = lines.shift() ?? ''
    if (line === '') continue
    const [, name = '', mark = '', rest = ''] = /^(.*?)(=|<<)(.*)$/.exec(line) ?? []
    if (name === '') throw new Error(`invalid format '${line}'`)
    const end = mark === '=' ? -1 : lines.indexOf(rest)
    if (mark === '<<' && end === -1) throw new Error(`no line '${rest}' ends ${name}`)
    pairs[name] =
      mark === '='
        ? rest
        : lines
            .splice(0, end + 1)
            .slice(0, -1)
            .join('\n')
  }
  return pairs
}
