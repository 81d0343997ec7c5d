import { quote } from '../../core/shell-quote.ts'
import { toolOf } from '../../flow/backend.ts'
import type { InitContainer } from '../../flow/init-container.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import type { BuildRequest } from '../mesh.ts'
import { readMeshConfig } from './mesh-config.ts'
import type { Era } from './releases.ts'

/**
 * What OSM's injector puts into a pod (getInitContainerSpec in its pkg/injector): its own image's shell applies the
 * rules, with one capability more than the container runtime gives; from era G on it says also that it is root, and in
 * era I what `$POD_IP` is.
 */
export function osmInitContainer(
  era: Era,
  rules: RuleText,
  { config, podIPs }: Pick<BuildRequest, 'config' | 'podIPs'>,
): InitContainer {
  const { enablePrivilegedInitContainer: privileged } = readMeshConfig(config)
  return {
    name: 'osm-init',
    command: ['/bin/sh'],
    args: ['-c', scriptOf(rules)],
    env: era === 'I' ? { POD_IP: podIPs[0] ?? '' } : {},
    securityContext: { privileged, ...(era !== 'F' && { runAsUser: 0 }), capabilities: { add: ['NET_ADMIN'] } },
  }
}

/**
 * The script as OSM writes it: commands joined by `&&`, or a payload in a here-document that the shell expands. It
 * holds nothing but what has been read as rules: words are quoted where they must be, and what a shell would run in a
 * payload is not expanded.
 */
function scriptOf(rules: RuleText): string {
  const program = toolOf(rules.family)
  if (rules.form === 'commands')
    return rules.commands.map(({ argv }) => [program, ...argv].map(quote).join(' ')).join(' && ')
  const { payload, unexpanded } = rules
  const end = unexpanded === undefined && /[$`]/.test(payload) ? "'EOF'" : 'EOF'
  return `${program}-restore --noflush <<${end}\n${unexpanded ?? payload}EOF\n`
}
