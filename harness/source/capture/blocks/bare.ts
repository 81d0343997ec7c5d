import { findTarget } from '../../../iptables/syntax/targets.ts'
import { builtinChains, isTableName } from '../../../iptables/syntax/tree.ts'
import type { Above, Found } from '../found.ts'
import { cut, type Line, placeIn, replaceIn } from '../text/line.ts'
import { saysEveryPolicy, toldBy } from '../units.ts'
import { missingCommit } from './payload.ts'
import { tableOf } from './tables.ts'
import { wrongAt } from '../../../iptables/words/place.ts'

/**
 * Lines of rules with no table above them: what `iptables -S` prints, an excerpt, or a save that has lost its `*nat`.
 */
export interface BareBlock {
  lines: Line[]
  above: Above
  /** It has lines such as `:OUTPUT ACCEPT [0:0]`, as a save has. */
  hasChainLines: boolean
  isCommitted?: boolean
}

/** A verdict, and what goes on in no chain. */
const verdicts = new Set(['ACCEPT', 'DROP', 'RETURN', 'QUEUE'])

const chainOf = ({ text }: Line): string | undefined =>
  /^(?:\[\d+:\d+\]\s*)?(?:-[AI]|--append|--insert)\s+([^\s-]\S*)/.exec(text)?.[1]
const jumpOf = ({ text }: Line): string | undefined => /\s(?:-j|-g|--jump|--goto)\s+(\S+)/.exec(text)?.[1]
const policyOf = ({ text }: Line): string | undefined =>
  /^(?::|(?:-P|--policy)\s+)(\S+)\s+(?:ACCEPT|DROP)\b/.exec(text)?.[1]
const declaredBy = ({ text }: Line): string | undefined => /^(?::|(?:-N|--new-chain)\s+)(\S+)/.exec(text)?.[1]

/**
 * Makes parts of a payload of such lines, one for each table. @throws HarnessError (`input`) where nothing tells the
 * table.
 */
export function closeBare(block: BareBlock, found: Found): void {
  const lines = block.lines.map(withTableFirst)
  const isInside = lines.some((line, index) => line !== block.lines[index])
  const only = isInside && block.above.table === undefined ? onlyTable(lines) : undefined
  const byTable = Map.groupBy(lines, ({ text }) => only ?? ownTable.exec(text)?.[1])
  for (const [table, some] of byTable) {
    const own = table === undefined ? block : { ...block, above: { ...block.above, table } }
    const bare = some.map((line) => cut(line, ownTable.exec(line.text)?.[0].length ?? 0))
    for (const section of sectionsOf(bare)) closeSection(section, own, found)
  }
}

/** `-t nat -A …`: a command without its program's name. */
const ownTable = /^-(?:t\s*|-table[\s=]+)(\w+)\s+(?=-)/

/** `-A OUTPUT -t nat …`, with its table where iptables-save would have it. */
function withTableFirst(line: Line): Line {
  if (ownTable.test(line.text)) return line
  const [option] =
    /(?<=^-(?:[AIND]|-append|-insert|-new-chain|-delete)\s[^"]*?\s)(?:-t\s+|--table[\s=]+)\w+(?:\s+|$)/.exec(
      line.text,
    ) ?? []
  if (option === undefined) return line
  const at = line.text.indexOf(option, 2)
  return replaceIn(replaceIn(line, at, at + option.length, ''), 0, 0, `${option.trim()} `)
}

/** The one table that some rules name, if what else there is shows that the others are of it too. */
function onlyTable(lines: readonly Line[]): string | undefined {
  const { named = [], unnamed = [] } = Object.groupBy(lines, ({ text }) => (ownTable.test(text) ? 'named' : 'unnamed'))
  const [table, ...more] = new Set(named.flatMap(({ text }) => ownTable.exec(text)?.[1] ?? []))
  if (table === undefined || more.length > 0) return undefined
  const policies = unnamed.flatMap((line) => policyOf(line) ?? [])
  const chains = [...new Set(unnamed.flatMap((line) => chainOf(line) ?? []))]
  const inferred = tableOf(
    policies,
    unnamed.flatMap((line) => jumpOf(line) ?? []),
    chains,
  )
  if (inferred !== undefined) return inferred.table === table ? table : undefined
  const jumps = new Set(lines.flatMap((line) => jumpOf(line) ?? []))
  return policies.length === 0 && chains.every((chain) => jumps.has(chain)) ? table : undefined
}

/** `iptables -S` begins with policies: where they come again, so does another table. */
function sectionsOf(lines: readonly Line[]): Line[][] {
  const sections: Line[][] = []
  let hasRules = true
  for (const line of lines) {
    const isPolicy = policyOf(line) !== undefined
    if (sections.length === 0 || (isPolicy && hasRules)) sections.push([])
    hasRules = !isPolicy && (hasRules || chainOf(line) !== undefined)
    if (isPolicy) hasRules = false
    sections.at(-1)?.push(line)
  }
  return sections
}

function closeSection(lines: Line[], block: BareBlock, found: Found): void {
  const { above, hasChainLines, isCommitted } = block
  const [first, last] = [lines[0] as Line, lines.at(-1) as Line]
  const at = placeIn(first, 1)
  const policies = lines.flatMap((line) => policyOf(line) ?? [])
  const chains = [...new Set(lines.flatMap((line) => chainOf(line) ?? []))]
  const declared = new Set(
    lines.flatMap((line) => [declaredBy(line), policyOf(line)].filter((name) => name !== undefined)),
  )
  const targets = lines.flatMap((line) => jumpOf(line) ?? [])
  const inferred = above.table === undefined ? tableOf(policies, targets, chains) : undefined
  const table = above.table ?? inferred?.table
  if (table !== undefined && !isTableName(table))
    throw wrongAt(at, `'${table}' is no table`, `the tables are ${Object.keys(builtinChains).join(', ')}`)
  if (table === undefined)
    throw wrongAt(
      at,
      'nothing tells which table this rule and those behind it are of',
      "write a line such as '*nat' above them, or the command that printed them, such as '$ iptables -t nat -S'",
    )
  const own = (name: string): boolean => (builtinChains[table] as readonly string[]).includes(name)
  const isSave = hasChainLines || isCommitted === true || above.isHead
  if (isSave)
    found.damages.push({
      ...at,
      what: "the line with the table's name is missing above",
      assumed: `it is table ${table}${inferred ? `, since ${inferred.why}` : ''}`,
    })
  else if (inferred !== undefined)
    found.notes.push(`assumed: the rules from line ${first.number} on are of table ${table}, since ${inferred.why}`)
  if (isSave && isCommitted !== true) found.damages.push(missingCommit(last, table))
  const missing = chains.filter((name) => !own(name) && !declared.has(name))
  if (missing.length > 0 && (isSave || declared.size > 0))
    found.damages.push({
      ...at,
      what: `${listed(missing, 'chain')} ${missing.length === 1 ? 'is' : 'are'} not declared`,
      assumed: `${missing.length === 1 ? 'it is' : 'they are'} there`,
    })
  else if (missing.length > 0)
    found.notes.push(
      `assumed: ${listed(missing, 'chain')} ${missing.length === 1 ? 'is' : 'are'} there, since rules are in ${missing.length === 1 ? 'it' : 'them'}`,
    )
  const lost = nowhere(lines, new Set([...chains, ...declared]), found)
  const head: Line = { ...first, text: `*${table}` }
  const implied = [...missing, ...lost].map((name): Line => ({ ...first, text: `-N ${name}` }))
  const whole = [head, ...implied, ...lines]
  if (lines.at(-1)?.text !== 'COMMIT') whole.push({ ...last, text: 'COMMIT' })
  const { family, backend } = above
  found.units.push({
    table,
    lines: whole,
    first: first.number,
    last: last.number,
    ...(family === undefined ? toldBy(lines, table, false) : { told: [family], toldAt: above.at }),
    isSnapshot: saysEveryPolicy(table, lines) || above.isHead || (above.isEcho && above.table !== undefined),
    isPrinted: true,
    ...(backend && { backend }),
  })
}

/** Chains that rules jump to and of which the text has nothing. */
function nowhere(lines: readonly Line[], known: ReadonlySet<string>, found: Found): string[] {
  const lost = new Set<string>()
  for (const line of lines) {
    const jump = jumpOf(line)
    if (jump === undefined || known.has(jump) || verdicts.has(jump) || lost.has(jump)) continue
    if (findTarget(jump, 'ipv4') !== undefined || findTarget(jump, 'ipv6') !== undefined) continue
    lost.add(jump)
    found.damages.push({
      ...placeIn(line, line.text.search(/(?<=\s(?:-j|-g|--jump|--goto)\s+)\S/) + 1),
      what: `jumps to ${jump}, of which the text has no rules`,
      assumed: `${jump} is empty`,
    })
  }
  return [...lost]
}

const listed = (names: readonly string[], what: string): string =>
  `${what}${names.length === 1 ? '' : 's'} ${names.join(', ')}`
