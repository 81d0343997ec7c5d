import type { Mesh } from '../mesh.ts'
import { osmDomains } from './domains.ts'
import { eraFCommands } from './era-f.ts'
import { eraGPayload } from './era-g.ts'
import { eraIPayload } from './era-i.ts'
import { osmInitContainer } from './init-container.ts'
import { readInterception } from './interception.ts'
import { osmProfile } from './profile.ts'
import { names } from './names.ts'
import { meshConfigOf } from './objects.ts'
import type { Interception } from './options.ts'
import { type Era, releases, resolveRelease } from './releases.ts'

/** What makes the rules of each era. */
const makers: Readonly<Record<Era, (interception: Interception) => string>> = {
  F: eraFCommands,
  G: eraGPayload,
  I: eraIPayload,
}

/**
 * Open Service Mesh: the rule text of 0.9.1 to 0.11.1 (`osm@0.11`), 1.0.0 (`osm@1.0`), and 1.1.1 to 1.2.4 (`osm@1.2`), byte for byte.
 */
export const osm: Mesh = {
  name: 'osm',
  title: 'OSM',
  releases,
  chains: ['OSM_PROXY_', 'PROXY_INBOUND', 'PROXY_IN_REDIRECT', 'PROXY_OUTPUT', 'PROXY_REDIRECT'],
  names,
  profile: osmProfile,
  configOf: meshConfigOf,
  build(release, request) {
    const { era } = resolveRelease(release)
    const interception = readInterception(era, request)
    // OSM makes rules for IPv4 alone.
    if (request.family !== 'ipv4') return ''
    return makers[era](interception)
  },
  initContainer(release, rules, request) {
    return osmInitContainer(resolveRelease(release).era, rules, request)
  },
  validate(release, request) {
    readInterception(resolveRelease(release).era, request)
  },
  domains(release) {
    return osmDomains(resolveRelease(release).era)
  },
}
