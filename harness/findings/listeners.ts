import { type Family, familyOf } from '../core/address.ts'
import type { CapturedListener } from '../flow/captured-pod.ts'
import type { Subject } from './subject.ts'

/**
 * Who was seen listening on a port, on whatever address of a family; a socket on `::` or `*` may be of both.
 * @returns undefined where nothing tells: no listing, or one without any socket of that protocol, as `ss -lnt` has none
 * for UDP.
 */
export function listenersOn(
  { listeners }: Pick<Subject, 'listeners'>,
  family: Family,
  protocol: CapturedListener['protocol'],
  port: number,
): readonly CapturedListener[] | undefined {
  const own = listeners?.filter((each) => each.protocol === protocol) ?? []
  if (own.length === 0) return undefined
  return own.filter(
    (each) =>
      each.port === port &&
      (each.address === '*' ||
        (each.address === '::' && each.isIPv6Alone !== true) ||
        familyOf(each.address) === family),
  )
}

/** A port with who was seen listening there, as far as that is known. */
export function portWithListener(subject: Pick<Subject, 'listeners'>, family: Family, port: number): string {
  const found = listenersOn(subject, family, 'tcp', port)
  if (found === undefined) return `${port}`
  const [first] = found
  if (first === undefined) return `${port} (where nobody listened)`
  const at = ['*', '::', '0.0.0.0'].includes(first.address) ? '' : ` on ${first.address}`
  return first.program === undefined && at === '' ? `${port}` : `${port} (${first.program ?? 'somebody'}${at})`
}
