import { Differences } from '../findings/differences.ts'
import type { Environment, RunEvent } from '../run/events.ts'
import { describeFailure } from './failure.ts'
import { describeFindings } from './findings.ts'
import { painter } from './paint.ts'
import { printable } from './printable.ts'
import { progressLine } from './progress-line.ts'
import type { Reporter } from './reporter.ts'
import { fileName } from './scenario-name.ts'
import { describeSummary, plural } from './summary.ts'

interface Tally {
  scenarios: Set<string>
  checks: number
  bad: number
}

/**
 * For people: failures in full as they happen, then a line a scenario file and the totals. On a terminal one updating line
 * shows how far the run is.
 */
export const pretty: Reporter = (output, context) => {
  const paint = painter(context.color)
  const progress = progressLine(output)
  const files = new Map<string, Tally>()
  const differences = new Differences()
  let environments: readonly Environment[] = []
  let planned = 0
  let done = 0
  let bad = 0
  let lastRules: string | undefined

  return (event) => {
    switch (event.type) {
      case 'start':
        planned = event.checks
        environments = event.environments
        print(`${describeStart(event)}\n\n`)
        break
      case 'result': {
        const { check, status } = event.result
        differences.add(event.result)
        const tally = tallyOf(fileName(check.scenario))
        tally.scenarios.add(check.scenario.title)
        tally.checks += 1
        done += 1
        if (status === 'failed' || status === 'error') {
          tally.bad += 1
          bad += 1
          const { evidence, rules: from } = event.result
          const rules = evidence && withoutComments(evidence.rules) + (from.initContainers?.at(-1)?.log ?? '')
          print(`${describeFailure(event.result, context, paint, rules !== undefined && rules === lastRules)}\n`)
          lastRules = rules ?? lastRules
        }
        progress.show(`${done}/${planned} checks${bad === 0 ? '' : `, ${bad} not as expected`}  ${fileName(check.scenario)}`)
        break
      }
      case 'notice':
        print(`${printable(event.text)}\n`)
        break
      case 'end': {
        for (const [name, tally] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) print(`${fileLine(name, tally)}\n`)
        const findings = describeFindings(differences.findings(), environments, paint)
        print(`\n${findings === '' ? '' : `${findings}\n`}${describeSummary(event, planned, paint)}\n`)
      }
    }
  }

  function print(text: string): void {
    progress.clear()
    output.write(text)
  }

  function tallyOf(name: string): Tally {
    const tally = files.get(name) ?? { scenarios: new Set(), checks: 0, bad: 0 }
    files.set(name, tally)
    return tally
  }

  function fileLine(name: string, { scenarios, checks, bad }: Tally): string {
    const width = Math.max(...[...files.keys()].map((name) => name.length))
    const mark = bad === 0 ? paint('green', 'ok    ') : paint('red', 'FAILED')
    const counts = `${plural(scenarios.size, 'scenario').padStart(13)}  ${plural(checks, 'check').padStart(12)}`
    return `${mark}  ${printable(name).padEnd(width)}  ${counts}${bad === 0 ? '' : `  ${bad} not as expected`}`
  }
}

/** iptables-save writes the time into them. */
function withoutComments(rules: string): string {
  return rules.replace(/^#.*$/gm, '')
}

function describeStart({ checks, scenarios, environments }: Extract<RunEvent, { type: 'start' }>): string {
  const places = environments.map(({ kernel, sandbox, rootless, iptables, image, podImage }) => {
    const versions = Object.entries(iptables).map(([backend, version]) => `iptables-${backend} ${version}`)
    const container = podImage === undefined ? [] : [`init container ${image}`]
    return [`Linux ${kernel}`, `${sandbox}${rootless ? ', without root' : ''}`, ...container, ...versions].join(', ')
  })
  return printable(`${plural(checks, 'check')} of ${plural(scenarios, 'scenario')} on ${places.join('; ')}`)
}
