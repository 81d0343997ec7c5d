import { show } from '../show.ts'
import { has, type Release } from './releases.ts'
import { readPort, readRange } from './go-values.ts'
import { modes } from './options.ts'

/** @returns what is wrong with an annotation's value, as the injector has it, or undefined. */
export type Check = (value: string, release: Release) => string | undefined

/**
 * A comma list of ports; spaces around them do not count, and 0 is one (ValidateExcludeInboundPorts in
 * pkg/kube/inject).
 */
export const ports: Check = (value) => {
  if (value.trim() === '') return undefined
  const wrong = value.split(',').find((port) => readPort(port) === undefined)
  if (wrong === undefined) return undefined
  if (wrong.trim() === '*') return `${show(value)} has a '*', which stands for all ports in includeInboundPorts alone`
  if (wrong.trim() === '') return `${show(value)} has an empty element`
  return `${show(wrong)} is not a port; ports are whole numbers up to 65535, and Istio knows no ranges of them`
}

export const portsOrAll: Check = (value, release) => (value === '*' ? undefined : ports(value, release))

/** One port, as Istio's validateStatusPort has it. */
export const port: Check = (value) =>
  readPort(value) === undefined ? `${show(value)} is not a port; ports are whole numbers up to 65535` : undefined

/** A comma list of ranges without spaces (ValidateExcludeIPRanges). */
export const ranges: Check = (value, release) => {
  if (value === '') return undefined
  const wrong = value.split(',').find((range) => readRange(release, range) === undefined)
  if (wrong === undefined) return undefined
  if (wrong === '*')
    return `${show(value)} has a '*', which stands for everything in an include list alone, and as all of it`
  if (wrong === '') return `${show(value)} has an empty element`
  if (wrong !== wrong.trim()) return `${show(wrong)} has a space, and Istio takes ranges without`
  if (!wrong.includes('/'))
    return `${show(wrong)} is an address and not a range; write ${wrong}/${wrong.includes(':') ? 128 : 32}`
  return `${show(wrong)} is not a range; write one as 10.0.0.0/8`
}

export const rangesOrAll: Check = (value, release) => (value === '*' ? undefined : ranges(value, release))

/** Checked from 1.30 on (ValidateInterfaceNames in pkg/util/net); before, any text passes. */
export const interfaces: Check = (value, release) => {
  if (!has(release, '1.30') || value === '') return undefined
  for (const name of value.split(',').map((element) => element.trim())) {
    if (name === '') return `${show(value)} has an empty element`
    if (name.length > 15) return `${show(name)} has ${name.length} characters; an interface's name has at most 15`
    if (!/^[a-zA-Z][a-zA-Z0-9_.-]*$/.test(name))
      return `${show(name)} is not an interface name to Istio; it is a letter and then letters, digits, '.', '_' and '-'`
  }
  return undefined
}

export const mode: Check = (value) =>
  (modes as readonly string[]).includes(value)
    ? undefined
    : `${show(value)} is no interception mode; it is ${modes.join(', ')}`

/** What the injector does not look at; what could not stand in a rule is refused all the same. */
export const text: Check = () => undefined
