import { standardPods } from '../sys/files/open-files.ts'
import type { Family } from '../core/address.ts'
import { exitCodes, type HarnessError, inputError } from '../core/errors.ts'
import { once } from '../core/lazy.ts'
import type { Effect } from '../gate/changes/behaviour.ts'
import { approve, type GateReport, unapproved } from '../gate/approvals/outcome.ts'
import { entriesOf } from '../gate/reporters/markdown.ts'
import { accountNotes } from './options/accounts.ts'
import { command } from './command/command.ts'
import { readConfig } from './options/config.ts'
import { readApprovals, rewriteApprovals } from './gate/approvals-file.ts'
import { backendPairs } from './gate/backend-pairs.ts'
import { chooseConfigs } from './gate/configs.ts'
import { refusedConfigs } from './gate/refused-configs.ts'
import { brokenRevision, openSources } from './gate/open-sources.ts'
import { gateSides } from './gate/sides.ts'
import { gateOptions } from './gate/options.ts'
import { scopeOf } from './gate/scope.ts'
import { writeReports } from './gate/output.ts'
import { openChoices } from './options/reporter-choice.ts'
import { interruptible } from './command/interrupt.ts'
import { requireMachine } from './command/require-machine.ts'
import { startSandbox } from './options/sandbox.ts'
import { selectScenarios } from './options/scenarios.ts'
import { requireWithout } from './options/without.ts'

export const gate = command({
  help: 'compares what two rule sources do with the same traffic: silent where they behave alike, whatever their text',
  details:
    'The kernel decides: what is told was seen in pods with the rules of either side. Both are asked for the same configs, by default those of\n' +
    "Sidetrack's own scenarios for the mesh. Exit code 1 says that some behaviour has changed that no approval covers.",
  options: gateOptions,
  async run({ values, args }) {
    const end = () => process.exit(exitCodes.interrupted)
    using interrupt = interruptible(end)
    interrupt.signal.addEventListener('abort', end)
    const started = performance.now()
    const startedAt = new Date()
    const outputs = openChoices(values.reporter)
    const file = values.approvals
    if (file === undefined && (values.approve || values.prune))
      throw inputError('--approvals', 'is missing', 'write --approvals FILE')
    if (values.reason !== undefined && !values.approve)
      throw inputError('--reason', 'nothing is approved', 'add --approve')
    const approvals = file === undefined ? undefined : readApprovals(file, values.approve)
    const config = values.config === undefined ? undefined : await readConfig(values.config)
    const pairs = backendPairs(values.iptables, {
      baseline: values['baseline-iptables'],
      candidate: values['candidate-iptables'],
    })
    if (values.sandbox === 'namespaces')
      requireMachine([...new Set(pairs.flatMap(({ baseline, candidate }) => [baseline, candidate]))])
    await using sandbox = await startSandbox(values)
    await using opened = await openSources(values, config)
    const { mesh, sides, notices, isUsual } = await gateSides(values.mesh, opened.sources, config)
    const { baseline, candidate } = opened.sources
    const without = values.without.length === 0 ? undefined : requireWithout(values.without, candidate, mesh)
    const scenarios = once(async () => (await selectScenarios([])).scenarios)
    const isFixed = [baseline, candidate].some(({ kind }) => kind === 'fixed')
    const chosen = await chooseConfigs({ ...values, given: config, without, mesh, isFixed, scenarios })
    const { familiesOf, gate } = await import('../gate/gate.ts')
    const families = familiesOf({ sides, ...(values.family && { families: values.family }) })
    if (families.length === 0) throw nothingCompared(values.family)
    if (values.flows === 'suite' && !isUsual)
      throw inputError('--flows', "the suite's flows are for another proxy than the text is", 'write --flows witnesses')
    const isSuiteSent = values.flows !== 'witnesses' && chosen.isSuite && isUsual
    if (values.flows === 'all' && !isUsual)
      notices.push("the suite's flows are not sent: they are for another proxy than the text is")
    const { gateAlone } = await import('../gate/alone.ts')
    const result = await (opened.isFirst ? gateAlone : gate)({
      mesh: mesh.name,
      sides,
      configs: chosen.configs,
      backends: pairs,
      ...(values.family && { families: values.family }),
      ...(isSuiteSent && {
        suite: {
          scenarios: await scenarios(),
          ...(mesh.release !== undefined && { release: mesh.release }),
          ...(config && { config: config.config, podAnnotations: config.podAnnotations }),
          ...(without && { without }),
        },
      }),
      witnesses: values.flows !== 'suite',
      sandbox: sandbox.ready,
      jobs: values.jobs ?? standardPods(),
      signal: interrupt.signal,
    })
    const changes = approve(result.changes, approvals)
    const scope = scopeOf(values, { mesh: mesh.name, chosen, pairs, families, isSuiteSent })
    const unused = opened.isFirst ? undefined : approvals?.unused(scope)
    const report: GateReport = {
      mesh: mesh.name,
      sources: { baseline: values.baseline ?? '', candidate: values.candidate ?? '' },
      command: args,
      startedAt,
      durationMs: performance.now() - started,
      configs: chosen.configs,
      ...(chosen.generated && { generated: chosen.generated }),
      changes,
      errors: result.errors,
      coverage: result.coverage,
      ...(approvals && unused && { approvals: { name: approvals.name, ...unused } }),
      notices: [
        ...opened.notices,
        ...brokenRevision(values.baseline, changes),
        ...notices,
        ...chosen.notices,
        ...refusedConfigs(mesh, candidate, chosen),
        ...accountNotes(baseline, candidate),
      ],
      backends: values.iptables,
    }
    await writeReports(report, outputs, values.verbose, values.candidate)
    if (file !== undefined && approvals !== undefined && (values.approve || values.prune)) {
      const added = values.approve ? entriesOf(report, values.reason) : []
      const pruned = values.prune ? (unused?.stale ?? []) : []
      rewriteApprovals(file, approvals, { ...values, added, pruned })
    }
    return exitCode(report, values.approve ? [] : values['fail-on'])
  },
})

/** What a captured text does not speak of is not known. */
function nothingCompared(asked: readonly Family[] | undefined): HarnessError {
  return asked === undefined
    ? inputError('--candidate', 'its rules are of another family than the baseline, so that nothing can be compared')
    : inputError('--family', `a text has no rules of ${asked.join(' or ')}, so that nothing can be compared`)
}

function exitCode(report: GateReport, failing: readonly Effect[]): number {
  const faults = new Set(report.errors.map(({ fault }) => exitCodes[fault]))
  if (faults.has(exitCodes.sidetrack)) return exitCodes.sidetrack
  if (unapproved(report).some(({ effect }) => failing.includes(effect)) || faults.has(exitCodes.rules))
    return exitCodes.failed
  if (faults.has(exitCodes.input)) return exitCodes.input
  return faults.has(exitCodes.machine) ? exitCodes.machine : exitCodes.ok
}
