import type { PodSettings } from './annotations.ts'
import type { MeshSettings } from './config.ts'

/**
 * The inbound ports that the user exempts, and the status port behind them unless it is 0 or already listed, letter by
 * letter (excludeInboundPort in pkg/kube/inject/template.go): only where it is added, spaces and empty elements go.
 */
export function excludedInbound(mesh: MeshSettings, pod: PodSettings): string {
  const list = pod.excludeInboundPorts ?? mesh.excludeInboundPorts
  const statusPort = (pod.statusPort ?? String(mesh.statusPort)).trim()
  const ports = list.split(',')
  if (statusPort === '' || statusPort === '0' || ports.includes(statusPort)) return list
  return [...ports.map((port) => port.trim()).filter((port) => port !== ''), statusPort].join(',')
}
