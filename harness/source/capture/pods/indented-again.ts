import { type Line, replaceIn } from '../text/line.ts'

const heading = /^Init Containers:\s*$/
/** What `kubectl describe pod` prints of a container (describeContainers in kubectl/pkg/describe/describe.go). */
const field =
  /^(?:Container ID|Image|Image ID|Ports?|Host Ports?|SeccompProfile|Command|Args|State|Last State|Ready|Restart Count|Limits|Requests|Liveness|Readiness|Startup|Environment(?: Variables from)?|Mounts|Devices):(?:\s|$)/
/** Where the init containers end. */
const behind = /^(?:Containers|Ephemeral Containers|Conditions|Volumes|QoS Class|Node-Selectors|Tolerations|Events):/
const name = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?:\s*$/

/** A description that has lost its indentation on a page, with as much as tells its parts apart. */
export function indentedAgain(lines: readonly Line[]): readonly Line[] {
  const at = lines.findIndex(({ text }) => heading.test(text))
  if (at < 0) return lines
  const end = lines.findIndex(({ text }, index) => index > at && behind.test(text))
  const own = lines.slice(at + 1, end < 0 ? undefined : end)
  if (own.some(({ text }) => /^\s/.test(text) && text.trim() !== '')) return lines
  const indented = own.map((line, index) => {
    const isName = name.test(line.text) && field.test(own[index + 1]?.text ?? '')
    return replaceIn(line, 0, 0, isName ? '  ' : field.test(line.text) ? '    ' : '      ')
  })
  return [...lines.slice(0, at + 1), ...indented, ...(end < 0 ? [] : lines.slice(end))]
}
