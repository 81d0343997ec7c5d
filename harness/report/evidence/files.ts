import { families, type Family } from '../../core/address.ts'
import type { CheckResult, Material } from '../../run/checks/check.ts'
import { reportedCheck } from '../describing/reported-check.ts'
import { reproduceScript } from './reproduce.ts'
import { traceText } from './trace-text.ts'

/** The files of one check's evidence: names without a folder, and what is in them. */
export function evidenceFiles(result: CheckResult, path: (file: string) => string): Map<string, string | Buffer> {
  const { material, decidedBy } = result
  const files = new Map<string, string | Buffer>([
    ['check.json', `${JSON.stringify(reportedCheck(result, path), undefined, 2)}\n`],
  ])
  if (decidedBy !== undefined) files.set('trace.txt', traceText(decidedBy))
  if (material?.found.kept === undefined) return files
  const { rules, kept } = material.found
  files.set('rules-before.txt', bothFamilies(kept.rulesBefore))
  files.set('rules-after.txt', bothFamilies(rules))
  files.set('conntrack.txt', connections(material))
  const captured = kept.captures.map(
    ({ name, frames, lost }) => `${name}: ${frames} frames captured, ${lost} lost for want of room`,
  )
  files.set('agent.log', [...kept.log, ...captured, ...whichIsThis(material), ''].join('\n'))
  for (const { name, pcap } of kept.captures)
    files.set(`${name.replace(/[^A-Za-z0-9._-]/g, '_')}.pcap`, Buffer.from(pcap, 'base64'))
  const script = reproduceScript(result)
  if (script !== undefined) files.set('reproduce.sh', script)
  return files
}

/** A pod carries all flows of its scenario; the source port tells which one is this check's. */
function whichIsThis({ flow, source }: Material): string[] {
  if (flow === undefined || source === undefined) return []
  return [
    `this check: ${flow.protocol} from port ${source.port}${flow.protocol === 'icmp' ? ', which is its identifier' : ''}`,
  ]
}

function connections(material: Material): string {
  const { found, flow, source } = material
  const lines = ({ text }: { text: string }): string => `${text}\n`
  const own = found.conntrack.filter(
    ({ protocol, sourcePort }) => protocol === flow?.protocol && sourcePort === source?.port,
  )
  const others = found.conntrack.filter((entry) => !own.includes(entry))
  const head = whichIsThis(material).map((line) => `# ${line}\n`)
  return [
    ...head,
    ...own.map(lines),
    '# what else there was in the pod, the dials of the proxy among it\n',
    ...others.map(lines),
  ].join('')
}

function bothFamilies(rules: Record<Family, string>): string {
  return families.map((family) => `# ${family}\n${rules[family]}`).join('\n')
}
