import type { InitContainer } from '../../flow/init-container.ts'
import type { Arguments } from './arguments.ts'
import type { Release } from './releases.ts'
import type { Settings } from './settings.ts'

/**
 * What Istio's injector puts into a pod (files/injection-template.yaml of the chart istio-discovery): istio-iptables of
 * the image's own, which makes its rules of these arguments. Flags that are not always given come where they say
 * something.
 */
export function istioInitContainer(release: Release, args: Arguments, { metadata }: Settings): InitContainer {
  const words = ['istio-iptables', ...always(args), ...sometimes(args)]
  return {
    name: 'istio-init',
    // From 1.6 on the image's own program, pilot-agent, is given them.
    command: release === '1.5' ? words : [],
    args: release === '1.5' ? [] : words,
    env: metadata,
    securityContext: {
      privileged: false,
      runAsUser: 0,
      capabilities: { add: ['NET_ADMIN', 'NET_RAW'], drop: ['ALL'] },
    },
    makesRules: true,
  }
}

function always(args: Arguments): string[] {
  return Object.entries({
    '-p': '15001',
    '-z': '15006',
    '-u': args.proxyUIDs,
    '-m': args.mode,
    '-i': args.includeOutboundRanges,
    '-x': args.excludeOutboundRanges,
    '-b': args.includeInboundPorts,
    '-d': args.excludeInboundPorts,
  }).flat()
}

function sometimes(args: Arguments): string[] {
  const flags = {
    '-g': args.proxyGIDs === args.proxyUIDs ? '' : args.proxyGIDs,
    '-q': args.includeOutboundPorts,
    '-o': args.excludeOutboundPorts,
    '-k': args.rerouteInterfaces,
    '-c': args.excludeInterfaces,
  }
  return Object.entries(flags)
    .filter(([, value]) => value !== '')
    .flat()
}
