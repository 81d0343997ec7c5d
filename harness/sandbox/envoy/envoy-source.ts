/**
 * Where the Envoy is taken from that runs in the stub's place: a file of this machine's, or an image that the container
 * engine has.
 */
export type EnvoySource = { path: string } | { image: string }

/** Where an Envoy is in a container. */
export const envoyInContainer = '/opt/sidetrack/envoy'
/**
 * And in a sandbox of namespaces, if it comes out of an image: on a file system that is in memory and goes with the
 * sandbox.
 */
export const envoyInNamespaces = '/run/sidetrack/program/envoy'

/** @returns the program's path inside the sandbox. A file that namespaces can reach is run where it is. */
export function envoyInside(source: EnvoySource, kind: 'namespaces' | 'container'): string {
  if (kind === 'container') return envoyInContainer
  return 'path' in source ? source.path : envoyInNamespaces
}
