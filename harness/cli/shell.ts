import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { HarnessError, inputError } from '../core/errors.ts'
import { atLine } from '../flow/ruleset.ts'
import { backends } from '../flow/backend.ts'
import { type Credentials, formatCredentials, namedCredentials } from '../flow/identity.ts'
import { scenarioName } from '../report/describing/scenario-name.ts'
import type { StandingPod } from '../run/schedule/stand-pod.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { accountNotes, accountOptions } from './options/accounts.ts'
import { callerDirectory, toCaller } from './command/caller.ts'
import { command } from './command/command.ts'
import { readConfig } from './options/config.ts'
import { id, ids } from './options/id.ts'
import { readMesh } from './options/mesh.ts'
import { chooseProxy, premisesOf } from './options/proxy.ts'
import { cleanEnv, readGivenSource, snapshotOption } from './options/source.ts'
import { isStandardInput, refuseSharedInput } from './options/standard-input.ts'
import { oneOf, optional, withDefault } from './command/option.ts'
import { requireShell } from './command/require-machine.ts'
import { printStderr } from './command/output.ts'
import { systemEnvironment } from '../sys/machine/requirements.js'
import { startSandbox } from './options/sandbox.ts'
import { scenarioArguments, selectScenarios } from './options/scenarios.ts'

export const shell = command({
  positionals: 'SCENARIO [-- COMMAND...]',
  help: "opens a shell in a scenario's pod, with the rules applied and the stub Envoy up; or runs a command there",
  details: `${scenarioArguments}\nLeaving the shell removes everything; the exit code is the shell's or the command's.`,
  project: () => ['mesh', 'rules', 'clean-env', 'config'],
  options: {
    uid: optional('N', 'the UID to be; by default that of the application, 1000', id),
    gid: optional('N', 'the primary GID; by default the UID', id),
    groups: optional('N,…', 'supplementary groups', ids),
    mesh: optional(
      'NAME[@RELEASE]',
      "whose proxy is there; by default the scenario's newest built-in release",
      readMesh,
    ),
    rules: optional(
      'SRC',
      'whose rules are applied: osm@1.2, file:PATH (file:- is standard input), exec:COMMAND or image:NAME ARGS; by default those of the mesh',
    ),
    'clean-env': cleanEnv,
    config: optional('FILE|-', 'the config that a file: was made from'),
    ...snapshotOption,
    ...accountOptions,
    iptables: withDefault('nft|legacy', 'nft', 'the iptables backend', oneOf(backends)),
  },
  async run({ values, positionals: [name, ...program], projectScenarios }) {
    const { uid = namedCredentials.app.uid, gid = uid, groups = [], mesh: given, iptables } = values
    if (name === undefined) throw inputError('shell', 'names no scenario', 'write shell SCENARIO')
    refuseSharedInput(values)
    if (program.length === 0 && isStandardInput(values.rules))
      throw inputError(
        '--rules',
        'standard input holds the rules, and a shell would read it',
        'write -- COMMAND behind, or --rules file:PATH',
      )
    requireShell()
    const { scenarios } = await selectScenarios([name], { project: projectScenarios })
    const scenario = onlyOne(name, scenarios, given?.name)
    const config = values.config === undefined ? undefined : await readConfig(values.config)
    const source = await readGivenSource(values, config)
    const chosen = source === undefined ? undefined : await chooseProxy(given, source, config)
    const mesh = chosen?.mesh ?? given
    await using started = await startSandbox({ sandbox: 'namespaces', open: true })
    const { standPod } = await import('../run/schedule/stand-pod.ts')
    const sandbox = await started.ready
    await using standing = await standPod(
      {
        scenarios: [scenario],
        ...(mesh && { mesh }),
        ...(source && { source }),
        ...(config && { config: config.config, podAnnotations: config.podAnnotations }),
        backends: [iptables],
      },
      sandbox,
    )
    const who = { uid, gid, groups }
    const premises = chosen && source ? [...premisesOf(chosen, source), ...accountNotes(source)] : []
    for (const line of standing.warning === undefined ? premises : [...premises, standing.warning])
      printStderr(`${line}\n`)
    printStderr(welcome(scenario, standing, iptables, who, program.length === 0))
    // Entering the namespaces leads to the root folder; the caller's folder is visible there too.
    const entrance = [...(sandbox.entrance?.(standing.pod.name) ?? []), 'env', `--chdir=${callerDirectory()}`]
    return await execute([...entrance, ...becoming(who), ...(program.length === 0 ? shellProgram() : program)], {
      PS1: `${iptables} ${formatCredentials(who)}@${standing.pod.name} ${uid === 0 ? '#' : '$'} `,
    })
  },
})

/** More than these tell nobody what to write. */
const mostChoices = 9

/** @param mesh whose scenarios are meant where there are any. */
function onlyOne(name: string, found: readonly Scenario[], mesh: string | undefined): Scenario {
  const meant = found.filter((scenario) => scenario.mesh === mesh)
  const [scenario, ...others] = meant.length > 0 ? meant : found
  if (scenario === undefined) throw inputError(name, 'holds no scenario')
  if (others.length === 0) return scenario
  const choices = [scenario, ...others].map(({ location: { file, line } }) => `${toCaller(file)}:${line}`)
  // The parts of conformance share their rules and the place where they are written: none can be named alone.
  if (new Set(choices).size === 1) return scenario
  throw inputError(
    name,
    `names ${choices.length} scenarios, and a shell is in one`,
    `write one of ${choices.slice(0, mostChoices).join(', ')}${choices.length > mostChoices ? ', …' : ''}`,
  )
}

function becoming({ uid, gid, groups }: Credentials): string[] {
  const supplementary = groups.length === 0 ? ['--clear-groups'] : ['--groups', groups.join(',')]
  return ['setpriv', '--reuid', `${uid}`, '--regid', `${gid}`, ...supplementary, '--']
}

/** The user's startup files are not read: they would replace our prompt. */
function shellProgram(): string[] {
  return ['bash', '--norc', '--noprofile', ...(process.stdin.isTTY ? ['-i'] : [])]
}

/** What to try, on a terminal; that rules were rejected, always. */
function welcome(
  scenario: Scenario,
  { applied, addresses }: StandingPod,
  iptables: string,
  who: Credentials,
  isShell: boolean,
): string {
  const lines =
    applied !== 'none' && !applied.ok ? [`the rules are rejected${atLine(applied)}: ${applied.message}`] : []
  if (isShell && process.stdin.isTTY) {
    const links = addresses.links.map(
      ({ name, pod, peer }) => `${name} ${pod.ipv4} ${pod.ipv6}, peer ${peer.ipv4} ${peer.ipv6}`,
    )
    lines.push(
      `${scenarioName(scenario)}: its pod, rules applied by iptables-${iptables}, you are ${formatCredentials(who)}`,
      ...links.map((link) => `  ${link}`),
      'Leave with exit. With --uid 0 you see the rules and their counters.',
    )
  }
  return lines.map((line) => `${line}\n`).join('')
}

/**
 * Runs a program with this process's terminal. @returns its exit code as a shell would have it. @throws HarnessError
 * (`machine`)
 */
async function execute([file = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  // The terminal signals everyone in the foreground. The program there ends by it; we clean up afterwards.
  const leaveToTheProgram = (): void => {}
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, leaveToTheProgram)
  const { HOME, TERM, LANG } = process.env
  const child = spawn(file, args, {
    stdio: 'inherit',
    cwd: callerDirectory(),
    env: { HOME, TERM, LANG, PATH: systemEnvironment().PATH, ...env },
  })
  const ended = once(child, 'exit').catch((error: Error) => {
    throw new HarnessError('machine', `${file} does not start: ${error.message}`)
  })
  // `disconnect` tells that the process in whose place this one runs was killed.
  for (const event of ['SIGTERM', 'SIGHUP', 'disconnect'] as const) process.on(event, () => child.kill('SIGKILL'))
  process.channel?.unref()
  const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null]
  if (process.stdin.isTTY) (await import('../sys/processes/terminal.ts')).takeTerminal(0)
  return code ?? 128 + constants.signals[signal ?? 'SIGKILL']
}
