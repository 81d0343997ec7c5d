import { familyOf } from '../../core/address.ts'
import { inputError } from '../../core/errors.ts'
import { Reading } from '../../input/all-at-once.ts'
import { didYouMean } from '../../input/nearest-name.ts'
import { show } from '../show.ts'
import { unrelatedFields } from './fields.ts'
import { readMetadata } from './metadata.ts'
import { type IstioConfig, modes } from './options.ts'
import { has, type Release } from './releases.ts'
import { tooOld } from './too-old.ts'
import { readBoolean, readIds, readText, readWord } from './values.ts'

/** What the mesh says, with Helm's defaults; IDs that are not given are left out. */
export type MeshSettings = Required<Omit<IstioConfig, 'proxyUID' | 'proxyGID'>> &
  Pick<IstioConfig, 'proxyUID' | 'proxyGID'>

const interceptionFields: ReadonlySet<string> = new Set<keyof IstioConfig>([
  ...([
    'includeIPRanges',
    'excludeIPRanges',
    'includeInboundPorts',
    'excludeInboundPorts',
    'includeOutboundPorts',
  ] as const),
  ...([
    'excludeOutboundPorts',
    'statusPort',
    'interceptionMode',
    'cni',
    'proxyUID',
    'proxyGID',
    'dnsServers',
    'proxyMetadata',
  ] as const),
])

/**
 * Reads the flat config. What Helm's values say about ranges and ports is not looked at, as in Istio: warnings.ts tells
 * what becomes of it.
 * @throws HarnessError (`input`) naming option, value and reason, also for an option that the release does not have
 * yet, unless it says what is the default anyway.
 */
export function readConfig(release: Release, config: Readonly<Record<string, unknown>>): MeshSettings {
  const reading = new Reading()
  for (const [name, value] of Object.entries(config)) reading.of(() => checkName(name, value))
  const list = (name: keyof IstioConfig, otherwise: string) => reading.of(() => readText(name, config[name], otherwise))
  const proxyUID = reading.of(() => readIds('proxyUID', config['proxyUID']))
  const proxyGID = reading.of(() => readIds('proxyGID', config['proxyGID']))
  const settings: MeshSettings = {
    includeIPRanges: list('includeIPRanges', '*'),
    excludeIPRanges: list('excludeIPRanges', ''),
    includeInboundPorts: list('includeInboundPorts', '*'),
    excludeInboundPorts: list('excludeInboundPorts', ''),
    includeOutboundPorts: list('includeOutboundPorts', ''),
    excludeOutboundPorts: list('excludeOutboundPorts', ''),
    statusPort: reading.of(() => readStatusPort(config['statusPort'])),
    interceptionMode: reading.of(() => readWord('interceptionMode', config['interceptionMode'], modes, 'REDIRECT')),
    cni: reading.of(() => readBoolean('cni', config['cni'])),
    dnsServers: reading.of(() => readServers(config['dnsServers'])),
    proxyMetadata: reading.of(() => readMetadata(release, 'proxyMetadata', config['proxyMetadata'])),
    ...(proxyUID !== undefined && { proxyUID }),
    ...(proxyGID !== undefined && { proxyGID }),
  }
  reading.of(() => {
    if ((settings.includeOutboundPorts ?? '') !== '' && !has(release, '1.7'))
      throw tooOld(release, 'includeOutboundPorts', '1.7')
  })
  reading.end()
  return settings
}

function checkName(name: string, value: unknown): void {
  if (interceptionFields.has(name) || unrelatedFields.has(name)) return
  const hint = didYouMean(name, [...interceptionFields, ...unrelatedFields])
  throw inputError(name, `Helm's global.proxy has no such field (value ${show(value)})`, hint)
}

function readStatusPort(value: unknown): number {
  if (value === undefined) return 15020
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65535) return value
  throw inputError('statusPort', `${show(value)} is not a port; it is a whole number up to 65535, and 0 for none`)
}

function readServers(value: unknown): string[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw inputError('dnsServers', `${show(value)} is not a list`)
  const reading = new Reading()
  const servers = value.map((server: unknown) =>
    reading.of(() => {
      if (typeof server === 'string' && familyOf(server) !== undefined) return server
      throw inputError('dnsServers', `${show(server)} is not an IP address`)
    }),
  )
  reading.end()
  return servers
}
