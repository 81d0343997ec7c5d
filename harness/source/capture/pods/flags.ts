import type { Family } from '../../../core/address.ts'
import { asHarnessError } from '../../../core/errors.ts'
import type { Arguments } from '../../../mesh/istio/arguments.ts'
import { familiesOf } from '../../../mesh/istio/build.ts'
import { generate } from '../../../mesh/istio/generate.ts'
import { type Release, releases, resolveRelease } from '../../../mesh/istio/releases.ts'
import type { Damage } from '../damage.ts'
import { type Line, placeIn } from '../text/line.ts'
import type { Argument, Part } from './pod.ts'
import { wrongAt } from '../../../iptables/words/place.ts'

type Flags = Extract<Part, { kind: 'flags' }>

/**
 * istio-iptables' flags that take a value, and what of its arguments they are (tools/istio-iptables/pkg/cmd/root.go).
 */
const texts: Readonly<Record<string, keyof Arguments | 'envoyPort' | 'inboundPort' | 'ignored'>> = {
  '-p': 'envoyPort',
  '--envoy-port': 'envoyPort',
  '-z': 'inboundPort',
  '--inbound-capture-port': 'inboundPort',
  '-e': 'ignored',
  '--inbound-tunnel-port': 'ignored',
  '-u': 'proxyUIDs',
  '--proxy-uid': 'proxyUIDs',
  '-g': 'proxyGIDs',
  '--proxy-gid': 'proxyGIDs',
  '-m': 'mode',
  '--istio-inbound-interception-mode': 'mode',
  '-t': 'ignored',
  '--istio-inbound-tproxy-mark': 'ignored',
  '-r': 'ignored',
  '--istio-inbound-tproxy-route-table': 'ignored',
  '-b': 'includeInboundPorts',
  '--istio-inbound-ports': 'includeInboundPorts',
  '-d': 'excludeInboundPorts',
  '--istio-local-exclude-ports': 'excludeInboundPorts',
  '-i': 'includeOutboundRanges',
  '--istio-service-cidr': 'includeOutboundRanges',
  '-x': 'excludeOutboundRanges',
  '--istio-service-exclude-cidr': 'excludeOutboundRanges',
  '-q': 'includeOutboundPorts',
  '--istio-outbound-ports': 'includeOutboundPorts',
  '-o': 'excludeOutboundPorts',
  '--istio-local-outbound-ports-exclude': 'excludeOutboundPorts',
  '-c': 'excludeInterfaces',
  '--istio-exclude-interfaces': 'excludeInterfaces',
  '-k': 'rerouteInterfaces',
  '--kube-virt-interfaces': 'rerouteInterfaces',
  '--log_output_level': 'ignored',
  '--probe-timeout': 'ignored',
}
const switches: Readonly<Record<string, 'redirectDNS' | 'captureAllDNS' | 'dropInvalid' | 'dualStack' | 'ignored'>> = {
  '--redirect-dns': 'redirectDNS',
  '--capture-all-dns': 'captureAllDNS',
  '--drop-invalid': 'dropInvalid',
  '--dual-stack': 'dualStack',
  '--run-validation': 'ignored',
  '--skip-rule-apply': 'ignored',
  '-n': 'ignored',
  '--dry-run': 'ignored',
  '-f': 'ignored',
}

/** The rules that istio-iptables makes of flags, as its built-in builder has them. */
export interface Built {
  payloads: readonly { family: Family; lines: readonly Line[] }[]
  damages: Damage[]
  notes: string[]
}

/** @throws HarnessError (`input`) at a flag that is not known, or that no builder is there for. */
export function rulesOfFlags({ argv, at, image, environment }: Flags): Built {
  const { args, ports } = readFlags(argv, at)
  for (const [name, value, standard] of ports)
    if (value !== standard) refuse(at, `${name} ${value} of istio-iptables: its rules are built for ${standard} alone`)
  const set = (name: string): boolean => /^(?:1|t|true)$/i.test(environment.get(name) ?? '')
  const whole: Arguments = {
    ...args,
    redirectDNS: args.redirectDNS || set('ISTIO_META_DNS_CAPTURE'),
    dropInvalid: args.dropInvalid || set('INVALID_DROP'),
    dualStack: args.dualStack || set('ISTIO_DUAL_STACK'),
    ownerGroups: environment.get('ISTIO_OUTBOUND_OWNER_GROUPS') ?? '*',
    excludeOwnerGroups: environment.get('ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE') ?? '',
  }
  const { release, damages } = releaseOf(image, at)
  const where = placeIn(at, 1)
  const made = (family: Family): readonly Line[] =>
    generate(release, whole, family, [])
      .split('\n')
      .map((text) => ({ text, number: at.number, shifts: [], columns: [where.column] }))
  if (whole.redirectDNS && release !== '1.31')
    damages.push({
      ...where,
      what: 'the flags redirect DNS, and nothing says which servers the pod has',
      assumed: 'it has none',
    })
  return {
    payloads: familiesOf(whole, []).map((family) => ({ family, lines: made(family) })),
    damages,
    notes: [
      `built: the rules that istio-iptables of Istio ${release} makes of the flags in line ${at.number}, for ipv4`,
    ],
  }
}

function refuse(line: Line, what: string): never {
  throw wrongAt(placeIn(line, 1), what, 'capture what it made: its log, or iptables-save in the pod')
}

function readFlags(argv: readonly Argument[], at: Line): { args: Arguments; ports: [string, string, string][] } {
  const args: Arguments = {
    mode: 'REDIRECT',
    proxyUIDs: '1337',
    proxyGIDs: '1337',
    includeInboundPorts: '',
    excludeInboundPorts: '',
    includeOutboundRanges: '',
    excludeOutboundRanges: '',
    includeOutboundPorts: '',
    excludeOutboundPorts: '',
    excludeInterfaces: '',
    rerouteInterfaces: '',
    redirectDNS: false,
    captureAllDNS: false,
    dropInvalid: false,
    dualStack: false,
    ownerGroups: '*',
    excludeOwnerGroups: '',
    loopbackRange: '127.0.0.1/32',
  }
  const ports: [string, string, string][] = []
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] as Argument
    const [name = '', glued] = word.text.startsWith('--') ? splitOnce(word.text) : [word.text]
    const own = texts[name]
    const toggled = switches[name]
    if (toggled !== undefined) {
      if (toggled !== 'ignored') args[toggled] = glued === undefined || /^(?:1|t|true)$/i.test(glued)
    } else if (own === undefined)
      refuse(word.lines[0] ?? at, `'${word.text}' is no flag of istio-iptables that is known here`)
    else {
      if (glued === undefined) index += 1
      const value = glued ?? argv[index]?.text ?? ''
      if (own === 'envoyPort') ports.push([name, value, '15001'])
      else if (own === 'inboundPort') ports.push([name, value, '15006'])
      else if (own !== 'ignored') Object.assign(args, { [own]: value })
    }
  }
  if (!['REDIRECT', 'TPROXY'].includes(args.mode)) refuse(at, `-m ${args.mode} is no mode of istio-iptables`)
  return { args, ports }
}

const splitOnce = (text: string): [string, string | undefined] => {
  const at = text.indexOf('=')
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

const toCapture = "capture the init container's log (kubectl logs POD -c CONTAINER), or iptables-save in the pod"

/** By the image's tag; where that says nothing, or nothing that is built in, the nearest one has to be assumed. */
function releaseOf(image: string | undefined, at: Line): { release: Release; damages: Damage[] } {
  const [, version] = /:v?(\d+\.\d+(?:\.\d+)?)/.exec(image ?? '') ?? []
  const newest = releases.at(-1) as Release
  const assumed = (release: Release, what: string) => ({
    release,
    damages: [{ ...placeIn(at, 1), what, assumed: `the rules are those of Istio ${release}`, instead: toCapture }],
  })
  if (version === undefined)
    return assumed(newest, 'these are flags of istio-iptables, and nothing tells of which release')
  try {
    return { release: resolveRelease(version), damages: [] }
  } catch (thrown) {
    const [, near] = /nearest is istio@([\d.]+)/.exec(asHarnessError(thrown).message) ?? []
    const found = releases.find((release) => release === near) ?? newest
    return assumed(found, `these are flags of istio-iptables of Istio ${version}, which is not built in`)
  }
}
