import { join } from 'node:path'
import pLimit from 'p-limit'
import { type Backend, backends } from '../../harness/flow/backend.ts'
import type { CheckResult } from '../../harness/run/checks/check.ts'
import { run } from '../../harness/run/schedule/run.ts'
import type { Sandbox } from '../../harness/sandbox/sandbox.ts'
import { fileId } from '../../harness/scenario/load.ts'
import { loadScenarios } from '../helpers/load-scenarios.ts'
import type { Scenario } from '../../harness/scenario/scenario.ts'
import type { RuleSource } from '../../harness/source/rules/source.ts'
import { AlteredSandbox } from '../sandbox/altered-sandbox.ts'
import type { Promised } from './fault.ts'

const scenarios = await loadScenarios(join(import.meta.dirname, '../../scenarios'))
/** Runs under way at once; each has a few pods. */
const limit = pLimit(4)

/** Evidence is for people to read, and takes longer than the flow. */
const noEvidence = { evidence: () => ({ rules: { ipv4: '', ipv6: '' }, conntrack: [] }) }

/** @throws Error if a table names a scenario that is not there. */
export function find({ mesh, file, title }: Promised): Scenario {
  const found = scenarios.find(
    (scenario) => scenario.mesh === mesh && fileId(scenario) === file && scenario.title === title,
  )
  if (found === undefined) throw new Error(`scenarios/${mesh}/${file}.ts has no scenario '${title}'`)
  return found
}

export interface Question {
  /** By default OSM. */
  mesh?: string
  release: string
  source: RuleSource
  /** By default every scenario. */
  promised?: readonly Promised[]
  /** Of these, one flow alone, or some. */
  flow?: string | readonly string[]
  backends?: readonly Backend[]
}

/** Runs scenarios on both backends with rules of the caller's, in a sandbox that is already there. */
export function runSuite(
  sandbox: Sandbox,
  { mesh = 'osm', release, source, promised, flow, ...question }: Question,
): Promise<CheckResult[]> {
  return limit(async () => {
    const results: CheckResult[] = []
    const options = {
      what: {
        scenarios: promised?.map(find) ?? scenarios.filter((scenario) => scenario.mesh === mesh),
        mesh: { name: mesh, release },
        source,
        backends: question.backends ?? backends,
        ...(flow !== undefined && { grep: new RegExp(`/(?:${[flow].flat().map(RegExp.escape).join('|')})/`) }),
      },
      where: [{ sandbox: Promise.resolve(new AlteredSandbox(sandbox, noEvidence)) }],
      how: { jobs: 8, repeat: 1, bail: false, command: [], signal: new AbortController().signal },
    }
    await run(options, (event) => {
      if (event.type === 'result') results.push(event.result)
      if (event.type === 'end' && event.error !== undefined) throw event.error
    })
    return results
  })
}

/** The text that a source has for a scenario's config. */
export function textFor({ rules, mesh }: Scenario, source: RuleSource): Promise<string> {
  if (rules.kind === 'text') return Promise.resolve(rules.text)
  const { config, podAnnotations } = rules
  return source.text({
    schema: 'sidetrack.config/1',
    mesh,
    config,
    podAnnotations,
    podIPs: ['10.244.0.5'],
    family: 'ipv4',
  })
}

/** A result in a line, for messages. */
export const inWords = ({ check, status, reason }: CheckResult): string => `${check.id} ${status}: ${reason ?? ''}`

/** What became of a flow: its verdict and its journey, `redirected: inbound → app`; the reason if nobody knows. */
export function becomes({ observed, reason = '' }: CheckResult): string {
  return observed === undefined ? reason : `${observed.verdict}: ${observed.journey.map(({ at }) => at).join(' → ')}`
}
