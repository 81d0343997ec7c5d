import { catalogue } from '../../findings/find-all.ts'
import type { Finding, RulePlace, Severity } from '../../findings/finding.ts'
import { boundResults, boundText, fingerprintsOf, sarifBounds } from '../../report/writing/sarif-bounds.ts'
import { fingerprintOf } from './fingerprint.ts'
import { jsonText } from '../../report/writing/printable.ts'
import type { ReproFormat } from './format.ts'
import { foundWords } from './words.ts'

/** SARIF has the same three words (Static Analysis Results Interchange Format 2.1.0, 3.27.10). */
const levels = { note: 'note', warning: 'warning', error: 'error' } as const satisfies Record<Severity, string>

/**
 * The findings as SARIF 2.1.0, with what tells each from the others whatever else changes (partialFingerprints,
 * 3.27.17).
 */
export const sarif: ReproFormat = ({ findings }, { file, version }) => {
  const { shown, invocations } = boundResults(findings.toSorted((a, b) => gravity(a) - gravity(b)))
  const codes = [...new Set(findings.map(({ kind }) => kind.code))].sort()
  return jsonText({
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Sidetrack', semanticVersion: version, rules: codes.map(ruleOf) } },
        columnKind: 'utf16CodeUnits',
        ...(invocations && { invocations }),
        results: shown.map((finding) => resultOf(finding, codes, file)),
      },
    ],
  })
}

/** The gravest first. */
const gravity = ({ severity }: Finding): number => Object.keys(levels).toReversed().indexOf(severity)

function ruleOf(code: string) {
  const kind = catalogue.get(code)
  if (kind === undefined) throw new Error(`no finding has the code ${code}`)
  return {
    id: code,
    shortDescription: { text: kind.title },
    fullDescription: { text: kind.about },
    help: { text: kind.remedy },
    defaultConfiguration: { level: levels[kind.severity] },
  }
}

function resultOf(finding: Finding, codes: readonly string[], uri: string | undefined) {
  const { kind, severity, rules } = finding
  const [first, ...others] = rules
  return {
    ruleId: kind.code,
    ruleIndex: codes.indexOf(kind.code),
    level: levels[severity],
    message: { text: boundText(`${foundWords(finding)}. ${kind.remedy}`) },
    // Without any, code scanning shows nothing of it.
    ...(uri !== undefined && { locations: [first === undefined ? wholeFile(uri) : locationOf(first, uri)] }),
    ...(others.length > 0 &&
      uri !== undefined && {
        relatedLocations: others.slice(0, sarifBounds.locations).map((rule, id) => ({ id, ...locationOf(rule, uri) })),
      }),
    partialFingerprints: fingerprintsOf('sidetrackFinding/v1', fingerprintOf(finding)),
  }
}

const wholeFile = (uri: string) => ({
  physicalLocation: { artifactLocation: { uri }, region: { startLine: 1 } },
})

function locationOf({ line, text, chain }: RulePlace, uri: string) {
  return {
    physicalLocation: {
      artifactLocation: { uri },
      ...(line > 0 && { region: { startLine: line, snippet: { text } } }),
    },
    logicalLocations: [{ name: chain, kind: 'chain' }],
  }
}
