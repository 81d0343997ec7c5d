import { boundResults, boundText, fingerprintsOf } from '../../report/writing/sarif-bounds.ts'
import { jsonText } from '../../report/writing/printable.ts'
import { type Effect, effects } from '../changes/behaviour.ts'
import { textLines } from '../changes/cause.ts'
import type { Change } from '../changes/change.ts'
import type { GateReporter, GateReporterContext } from './reporter.ts'

const meanings: Readonly<Record<Effect, string>> = {
  failed: 'No rules are made, or they are not loaded',
  opened: 'Traffic passes the proxy by that did not before',
  closed: 'Traffic does not arrive any more',
  looped: 'The proxy gets the same traffic again and again',
  moved: 'Traffic arrives somewhere else, or looks otherwise there',
}

const help =
  'The message says which rules decide on either side, and which lines of them have changed. If it is meant, approve it: `sidetrack gate --approvals FILE --approve`.'

/** SARIF 2.1.0 (OASIS), for code scanning: a result for each change; an approved one is suppressed. */
export const sarif: GateReporter = ({ changes, command, sources }, output, context) => {
  const { shown, invocations } = boundResults(changes.toSorted((a, b) => rankOf(a) - rankOf(b)))
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Sidetrack',
            rules: effects.map((id) => ({
              id,
              shortDescription: { text: meanings[id] },
              fullDescription: { text: `${meanings[id]}, with the rules of the candidate.` },
              help: { text: help },
              defaultConfiguration: { level: id === 'moved' ? 'warning' : 'error' },
            })),
          },
        },
        properties: { ...sources, command },
        ...(invocations && { invocations }),
        results: shown.map((change) => resultOf(change, sources.candidate, context)),
      },
    ],
  }
  output.write(jsonText(log))
}

/** What nobody has approved first, and the worst of it. */
const rankOf = ({ approved, effect }: Change): number =>
  (approved === undefined ? 0 : effects.length) + effects.indexOf(effect)

function resultOf(
  { id, effect, subject, before, after, range, cause, approved }: Change,
  candidate: string,
  { file, path }: GateReporterContext,
) {
  const text = [`${subject}: ${before} → ${after}`, ...(range ? [`for ${range}`] : []), ...textLines(cause.text)].join(
    '\n',
  )
  return {
    ruleId: effect,
    ruleIndex: effects.indexOf(effect),
    level: effect === 'moved' ? 'warning' : 'error',
    message: { text: boundText(text) },
    locations: [
      {
        ...(file !== undefined && {
          physicalLocation: { artifactLocation: { uri: encodeURI(path(file)) }, region: { startLine: 1 } },
        }),
        logicalLocations: [{ fullyQualifiedName: id, kind: 'resource' }],
      },
    ],
    partialFingerprints: fingerprintsOf('sidetrackChange/v1', id),
    properties: { candidate },
    ...(approved && { suppressions: [{ kind: 'external', status: 'accepted', justification: approved.reason }] }),
  }
}
