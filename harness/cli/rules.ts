import { exitCodes, inputError } from '../core/errors.ts'
import { findMesh, newestRelease } from '../mesh/index.ts'
import { readConfig } from './config.ts'
import { command } from './command.ts'
import { cleanEnv, readSource, refuseSharedInput } from './mesh-and-source.ts'
import { optional } from './option.ts'
import { print, tell } from './output.ts'

export const rules = command({
  help: 'prints what a rule source generates for a config',
  options: {
    rules: optional(
      'SRC',
      'the source: osm, osm@0.11, istio@1.31, file:PATH (file:- is standard input), exec:COMMAND or image:NAME ARGS',
      (text) => text,
    ),
    'clean-env': cleanEnv,
    config: optional(
      'FILE|-',
      'a sidetrack.config/1 object as JSON, or its config and podAnnotations alone; by default an empty one',
      (text) => text,
    ),
  },
  async run({ values }) {
    if (values.rules === undefined) throw inputError('--rules', 'is missing', 'write --rules SRC, such as --rules osm@1.2')
    refuseSharedInput(values)
    const source = await readSource(values.rules, { cleanEnv: values['clean-env'] })
    const { config, podAnnotations, ...given } = await readConfig(values.config)
    const request = { config, podAnnotations, podIPs: given.podIPs ?? [] }
    const own = source.profile?.(request)
    const name = given.mesh ?? own?.mesh ?? 'osm'
    const mesh = findMesh(name)
    if (own !== undefined && own.mesh !== name)
      throw inputError('--config', `is for mesh ${name}, but ${source.id} makes rules for ${own.mesh}`)
    const profile = own ?? mesh.profile(newestRelease(mesh), request)
    if (own !== undefined) for (const warning of mesh.warnings?.(own.release, request) ?? []) tell(`warning: ${warning}\n`)
    for (const family of given.family === undefined ? profile.families : [given.family]) {
      const text = await source.text({ schema: 'sidetrack.config/1', mesh: name, ...request, family })
      print(text.replaceAll('\r\n', '\n'))
    }
    return exitCodes.ok
  },
})
