/** The options that decide whose rules and promises are at stake, as they were given: a command that runs one check again needs them. */
export function carriedOptions({
  mesh,
  rules,
  config,
}: {
  mesh?: { name: string; release?: string } | undefined
  rules?: string | undefined
  config?: string | undefined
}): string[] {
  return [
    ...(mesh === undefined ? [] : ['--mesh', mesh.release === undefined ? mesh.name : `${mesh.name}@${mesh.release}`]),
    ...(rules === undefined ? [] : ['--rules', rules]),
    ...(config === undefined ? [] : ['--config', config]),
  ]
}
