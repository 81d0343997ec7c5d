import { Differences } from '../../../findings/differences.ts'
import { type CheckResult, isBad } from '../../../run/checks/check.ts'
import type { Environment, RunEvent } from '../../../run/schedule/events.ts'
import { describeCauses } from '../../text/causes.ts'
import { Causes } from '../../describing/causes.ts'
import { describeFailure } from '../../text/failure.ts'
import { describeFindings } from '../../text/findings.ts'
import { painter } from '../../writing/paint.ts'
import { printable } from '../../writing/printable.ts'
import { progressLine } from './progress-line.ts'
import type { Reporter } from '../reporter.ts'
import { fileName } from '../../describing/scenario-name.ts'
import { describeSummary } from '../../text/summary.ts'
import { plural } from '../../../core/plural.ts'
import { wrap } from '../../writing/wrap.ts'

interface Tally {
  scenarios: Set<string>
  checks: number
  bad: number
  skipped: number
}

/** How many file names fit on a screen together with the causes. */
const mostFiles = 6

/**
 * For people: a line for each scenario file, one screen of causes, and the totals; with `verbose` every failure in full
 * as it happens. On a terminal, a line that updates shows the progress.
 */
export const pretty: Reporter = (output, context) => {
  const paint = painter(context.color)
  const progress = progressLine(output)
  const files = new Map<string, Tally>()
  const differences = new Differences()
  let causes = new Causes()
  /** How many checks were skipped, by reason. */
  const skipped = new Map<string, number>()
  let environments: readonly Environment[] = []
  let planned = 0
  let done = 0
  let bad = 0
  let lastRules: string | undefined
  /** The width of a terminal. */
  const columns = (): number | undefined => (output.isTTY ? output.columns : undefined)

  return (event) => {
    switch (event.type) {
      case 'start':
        planned = event.checks
        environments = event.environments
        causes = new Causes(environments)
        print(`${wrap(describeStart(event), columns(), 2)}\n\n`)
        break
      case 'result': {
        const { check, status, reason = '' } = event.result
        differences.add(event.result)
        const tally = tallyOf(fileName(check.scenario))
        tally.scenarios.add(check.scenario.title)
        tally.checks += 1
        done += 1
        if (status === 'skipped') {
          tally.skipped += 1
          skipped.set(reason, (skipped.get(reason) ?? 0) + 1)
        }
        if (isBad(event.result)) {
          tally.bad += 1
          bad += 1
          if (context.verbose) printFailure(event.result)
          else causes.add(event.result)
        }
        progress.show(
          `${done}/${planned} checks${bad === 0 ? '' : `, ${bad} not as expected`}  ${printable(fileName(check.scenario))}`,
        )
        break
      }
      case 'notice':
        print(`${wrap(printable(event.text), columns(), 2)}\n`)
        break
      case 'end': {
        const found = causes.list()
        print(found.length > 0 ? `${describeCauses(found, context, paint, columns())}\n` : '')
        print(found.length > 0 ? `${badFiles()}\n` : [...files].sort(byName).map(fileLine).join(''))
        for (const [reason, count] of skipped)
          print(`${wrap(`${plural(count, 'check')} skipped: ${printable(reason)}`, columns(), 2)}\n`)
        const findings = describeFindings(differences.findings(), environments, paint, found.length > 0 ? 2 : undefined)
        print(
          `\n${findings === '' ? '' : `${findings}\n`}${wrapped(describeSummary(event, planned, paint, context.path))}\n`,
        )
      }
    }
  }

  function print(text: string): void {
    progress.clear()
    output.write(text)
  }

  function wrapped(lines: string): string {
    return lines
      .split('\n')
      .map((line) => wrap(line, columns(), 2))
      .join('\n')
  }

  function printFailure(result: CheckResult): void {
    const { evidence, rules: from } = result
    const rules = evidence && withoutComments(evidence.rules) + (from.initContainers?.at(-1)?.log ?? '')
    print(
      `${describeFailure(result, context, paint, rules !== undefined && rules === lastRules ? 'as above' : 'all', columns())}\n`,
    )
    lastRules = rules ?? lastRules
  }

  /** The files with failures on one line, the others counted. */
  function badFiles(): string {
    const bad = [...files].filter(([, tally]) => tally.bad > 0).sort(([, a], [, b]) => b.bad - a.bad)
    const named = bad.slice(0, mostFiles).map(([name, tally]) => `${name} (${tally.bad} of ${tally.checks})`)
    const more = bad.length > named.length ? [`${bad.length - named.length} more`] : []
    const fine = files.size - bad.length
    const text = `not as expected: ${[...named, ...more].join(', ')}; ${fine === 0 ? 'no file is' : `${plural(fine, 'file')} ${fine === 1 ? 'is' : 'are'}`} ok`
    return wrap(printable(text), columns(), 2)
  }

  function tallyOf(name: string): Tally {
    const tally = files.get(name) ?? { scenarios: new Set(), checks: 0, bad: 0, skipped: 0 }
    files.set(name, tally)
    return tally
  }

  function fileLine([name, { scenarios, checks, bad, skipped }]: [string, Tally]): string {
    const width = Math.max(...[...files.keys()].map((name) => name.length))
    const mark = bad === 0 ? paint('green', 'ok    ') : paint('red', 'FAILED')
    const [ofScenarios, ofChecks] = [plural(scenarios.size, 'scenario'), plural(checks, 'check')]
    const rest = `${bad === 0 ? '' : `  ${bad} not as expected`}${skipped === 0 ? '' : `  ${skipped} skipped`}`
    const row = `${mark}  ${printable(name).padEnd(width)}  ${ofScenarios.padStart(13)}  ${ofChecks.padStart(12)}${rest}`
    if (wrap(row, columns(), 0) === row) return `${row}\n`
    return `${wrap(`${mark}  ${printable(name)}  ${ofScenarios}  ${ofChecks}${rest}`, columns(), 8)}\n`
  }
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1
}

/** iptables-save writes the time into them. */
function withoutComments(rules: string): string {
  return rules.replace(/^#.*$/gm, '')
}

function describeStart({ checks, scenarios, environments, backends }: Extract<RunEvent, { type: 'start' }>): string {
  const places = environments.map(({ kernel, sandbox, rootless, iptables, image, podImage }) => {
    const versions = Object.entries(iptables)
      .filter(([name]) => backends === undefined || backends.some((backend) => backend === name))
      .map(([name, version]) => `iptables-${name} ${version}`)
    const container = podImage === undefined ? [] : [`init container ${image}`]
    return [`Linux ${kernel}`, `${sandbox}${rootless ? ', without root' : ''}`, ...container, ...versions].join(', ')
  })
  return printable(`${plural(checks, 'check')} of ${plural(scenarios, 'scenario')} on ${places.join('; ')}`)
}
