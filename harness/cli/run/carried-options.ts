/**
 * The options that choose rules, promises and places, as they were given: a command that reruns one check needs them.
 */
export function carriedOptions({
  bugs = false,
  mesh,
  rules,
  'clean-env': cleanEnv = false,
  config,
  snapshot,
  complete = false,
  without = [],
  'expected-failures': expectedFailures,
  sandbox,
  image = [],
  privileged = false,
  'init-image': initImage,
  envoy,
}: {
  bugs?: boolean
  mesh?: { name: string; release?: string; file?: string } | undefined
  rules?: string | undefined
  'clean-env'?: boolean
  config?: string | undefined
  snapshot?: number | undefined
  complete?: boolean
  without?: readonly (readonly string[])[]
  'expected-failures'?: string | undefined
  sandbox?: string
  image?: readonly string[]
  privileged?: boolean
  'init-image'?: string | undefined
  envoy?: string | undefined
}): string[] {
  return [
    ...(bugs ? ['--bugs'] : []),
    ...(mesh === undefined
      ? []
      : ['--mesh', mesh.file ?? (mesh.release === undefined ? mesh.name : `${mesh.name}@${mesh.release}`)]),
    ...(rules === undefined ? [] : ['--rules', rules]),
    ...(cleanEnv ? ['--clean-env'] : []),
    ...(config === undefined ? [] : ['--config', config]),
    ...(snapshot === undefined ? [] : ['--snapshot', `${snapshot}`]),
    ...(complete ? ['--complete'] : []),
    ...without.flatMap((names) => ['--without', names.join()]),
    ...(expectedFailures === undefined ? [] : ['--expected-failures', expectedFailures]),
    ...(sandbox === 'container' ? ['--sandbox', sandbox] : []),
    ...image.flatMap((name) => ['--image', name]),
    ...(privileged ? ['--privileged'] : []),
    ...(initImage === undefined ? [] : ['--init-image', initImage]),
    ...(envoy === undefined ? [] : ['--envoy', envoy]),
  ]
}
