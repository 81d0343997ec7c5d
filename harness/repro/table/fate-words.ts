import { type AddressPort, formatAddressPort } from '../../core/address.ts'
import { shareInWords } from '../../model/chances.ts'
import { isAnswerLost, isListener, type Observed, type Station } from '../../flow/verdict.ts'
import type { Told } from '../examine/told.ts'

/** The proxy's listeners, by their names; one for DNS does not need the original destination. */
export type ListenerPorts = ReadonlyMap<string, { port: number; needsDestination: boolean }>

/** What of a translated destination every flow has of its own: a class has many. */
export interface Kept {
  port: boolean
  /** The network in which each has an address of its own. */
  network?: string
}

/** The same where it may be left to chance: all that may become of them, with how often each does. */
export function becomingWords(
  { behaviour, unknown, chances }: Pick<Told, 'behaviour' | 'unknown' | 'chances'>,
  ports: ListenerPorts,
  keptOf: (behaviour: Observed) => Kept = () => ({ port: false }),
): string {
  const words = (each: Observed): string => fateWords(each, undefined, ports, keptOf(each))
  if (chances === undefined) return behaviour === undefined ? fateWords(undefined, unknown, ports) : words(behaviour)
  const { outcomes, seen } = chances
  const shares = Map.groupBy(outcomes, ({ behaviour: each }) => words(each))
  const [only, ...others] = shares.keys()
  if (only !== undefined && others.length === 0) return only
  if (only === undefined) return `left to chance${seen === undefined ? '' : `, such as: ${words(seen)}`}`
  return `by chance ${[...shares]
    .map(([fate, same]) => `${fate} (${shareInWords(same.reduce((sum, { share }) => sum + share, 0))})`)
    .join(', or ')}`
}

/** What becomes of flows, short enough for a table's column. @param ports of the proxy's listeners, by their names. */
function fateWords(
  behaviour: Observed | undefined,
  unknown: string | undefined,
  ports: ListenerPorts,
  kept: Kept = { port: false },
): string {
  if (behaviour === undefined) return `not known${unknown === undefined ? '' : `: ${unknown}`}`
  const { verdict, listener = '', answeredBy, refusedBy, translatedTo, originalDestination, journey } = behaviour
  const lost = isAnswerLost(behaviour) ? ', its answer is lost' : ''
  switch (verdict) {
    case 'redirected':
      return `proxy's ${listener}${portOf(behaviour, ports)}${endOf(journey.slice(1).map(({ at }) => at))}`
    case 'captured':
      return `proxy's ${listener}${portOf(behaviour, ports)}${
        ports.get(listener)?.needsDestination === false
          ? ''
          : `, which reads ${originalDestination === undefined ? 'no' : 'another'} destination`
      }`
    case 'direct':
      return `${isOwnPort(answeredBy) ? "the proxy's own port" : 'direct'}${lost}`
    case 'translated':
      return `to ${translatedTo === undefined ? 'another address' : placeWords(translatedTo, kept)}${lost}`
    case 'refused':
      return `refused${refusedBy === 'peer' ? ' by the peer' : ''}`
    case 'dropped':
      return 'dropped'
    case 'looped':
      return `loops at the proxy's ${listener}`
  }
}

function placeWords(to: AddressPort, { port, network }: Kept): string {
  const same = [...(network === undefined ? [] : ['host']), ...(port ? ['port'] : [])]
  const where = network ?? to.address
  if (same.length === 0) return formatAddressPort(to)
  return `${where}, same ${same.join(' and ')}${port || to.port === 0 ? '' : `, port ${to.port}`}`
}

/** The port that got it: a proxy may have several that do the same, such as one for each family. */
const portOf = ({ listener = '', journey: [first] }: Observed, ports: ListenerPorts): string => {
  const port = first?.local?.port ?? ports.get(listener)?.port
  return port === undefined ? '' : ` (${port})`
}

/** How a journey goes on that does not end as it should; whoever answers in the end goes without saying. */
function endOf(stations: readonly Station[]): string {
  const through = stations.filter(isListener).map((at) => `, then ${at}`)
  const last = stations.at(-1)
  if (last === 'refused' || last === 'dropped') return `${through.join('')}, then ${last}`
  if (last === 'self') return ', which would dial itself'
  return through.join('')
}

/** Whether somebody dialled a port of the proxy’s own, as such. */
export const isProxysOwn = (behaviour: Observed | undefined): boolean =>
  behaviour?.verdict === 'direct' && isOwnPort(behaviour.answeredBy)

const isOwnPort = (at: string | undefined): boolean => at?.startsWith('envoy-') === true
