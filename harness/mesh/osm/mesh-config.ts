import { inputError } from '../../core/errors.ts'
import { Reading } from '../../input/all-at-once.ts'
import { didYouMean } from '../../input/nearest-name.ts'
import { show } from '../show.ts'
import { unrelatedFields } from './fields.ts'
import { readList } from './lists.ts'
import type { OsmConfig } from './options.ts'
import { checkInterface, checkPort, checkRange } from './values.ts'

/** Fields that decide about interception. */
const interceptionFields: ReadonlySet<string> = new Set<keyof OsmConfig>([
  'outboundPortExclusionList',
  'inboundPortExclusionList',
  'outboundIPRangeExclusionList',
  'outboundIPRangeInclusionList',
  'networkInterfaceExclusionList',
  'localProxyMode',
  'enablePrivilegedInitContainer',
])

/**
 * Reads a flat MeshConfig; lists that it leaves out are empty.
 * @throws HarnessError (`input`) naming option, value and reason, with all that is wrong.
 */
export function readMeshConfig(config: Readonly<Record<string, unknown>>): Required<OsmConfig> {
  const reading = new Reading()
  for (const [name, value] of Object.entries(config)) reading.of(() => checkName(name, value))
  const list = <Entry>(option: keyof OsmConfig, check: (value: unknown) => Entry): Entry[] =>
    reading.of(() => readList(option, config[option], check))
  const read = {
    outboundPortExclusionList: list('outboundPortExclusionList', checkPort),
    inboundPortExclusionList: list('inboundPortExclusionList', checkPort),
    outboundIPRangeExclusionList: list('outboundIPRangeExclusionList', checkRange),
    outboundIPRangeInclusionList: list('outboundIPRangeInclusionList', checkRange),
    networkInterfaceExclusionList: list('networkInterfaceExclusionList', checkInterface),
    localProxyMode: reading.of(() => readProxyMode(config['localProxyMode'])),
    enablePrivilegedInitContainer: reading.of(() =>
      readBoolean('enablePrivilegedInitContainer', config['enablePrivilegedInitContainer']),
    ),
  }
  reading.end()
  return read
}

function checkName(name: string, value: unknown): void {
  if (interceptionFields.has(name) || unrelatedFields.has(name)) return
  const hint = didYouMean(name, [...interceptionFields, ...unrelatedFields])
  throw inputError(name, `OSM's MeshConfig has no such field (value ${show(value)})`, hint)
}

function readProxyMode(value: unknown): 'Localhost' | 'PodIP' {
  if (value === undefined || value === 'Localhost') return 'Localhost'
  if (value === 'PodIP') return value
  throw inputError('localProxyMode', `${show(value)} is no proxy mode`, 'it is Localhost or PodIP')
}

function readBoolean(name: string, value: unknown): boolean {
  if (value === undefined) return false
  if (typeof value === 'boolean') return value
  throw inputError(name, `${show(value)} is neither true nor false`)
}
