import { families, type Family } from '../../core/address.ts'
import type { CheckResult } from '../../run/check.ts'
import { reportedCheck } from '../json.ts'
import { reproduceScript } from './reproduce.ts'
import { traceText } from './trace-text.ts'

/** The files of one check's evidence: names without a folder, and what is in them. */
export function evidenceFiles(result: CheckResult, path: (file: string) => string): Map<string, string | Buffer> {
  const { material, decidedBy } = result
  const files = new Map<string, string | Buffer>([['check.json', `${JSON.stringify(reportedCheck(result, path), undefined, 2)}\n`]])
  if (decidedBy !== undefined) files.set('trace.txt', traceText(decidedBy))
  if (material?.found.kept === undefined) return files
  const { rules, conntrack, kept } = material.found
  files.set('rules-before.txt', bothFamilies(kept.rulesBefore))
  files.set('rules-after.txt', bothFamilies(rules))
  files.set('conntrack.txt', conntrack.map(({ text }) => `${text}\n`).join(''))
  const captured = kept.captures.map(({ name, frames, lost }) => `${name}: ${frames} frames captured, ${lost} lost for want of room`)
  files.set('agent.log', [...kept.log, ...captured, ''].join('\n'))
  for (const { name, pcap } of kept.captures) files.set(`${name.replace(/[^A-Za-z0-9._-]/g, '_')}.pcap`, Buffer.from(pcap, 'base64'))
  const script = reproduceScript(result)
  if (script !== undefined) files.set('reproduce.sh', script)
  return files
}

function bothFamilies(rules: Record<Family, string>): string {
  return families.map((family) => `# ${family}\n${rules[family]}`).join('\n')
}
