import { exitCodes, inputError } from '../core/errors.ts'
import { findMesh, isBuiltIn } from '../mesh/index.ts'
import { readConfig } from './config.ts'
import { command } from './command.ts'
import { chooseProxy, cleanEnv, readMesh, readSource, refuseSharedInput } from './mesh-and-source.ts'
import { optional } from './option.ts'
import { print, tell } from './output.ts'

const builderRequest = { schema: 'sidetrack.config/1' } as const

export const rules = command({
  help: 'prints what a rule source generates for a config',
  options: {
    rules: optional(
      'SRC',
      'the source: osm, osm@0.11, istio@1.31, file:PATH (file:- is standard input), exec:COMMAND or image:NAME ARGS',
      (text) => text,
    ),
    mesh: optional('NAME', 'the mesh that an exec: or image: builder is asked for', readMesh),
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
    if (source.kind === 'fixed') {
      print((await source.text({ ...builderRequest, ...request, mesh: '', family: given.family ?? 'ipv4' })).replaceAll('\r\n', '\n'))
      return exitCodes.ok
    }
    const { profile } = await chooseProxy(values.mesh, source, { ...given, ...request })
    const mesh = findMesh(profile.mesh)
    if (source.profile !== undefined && isBuiltIn(mesh))
      for (const warning of mesh.warnings?.(profile.release, request) ?? []) tell(`warning: ${warning}\n`)
    for (const family of given.family === undefined ? profile.families : [given.family]) {
      const text = await source.text({ ...builderRequest, ...request, mesh: mesh.name, family })
      print(text.replaceAll('\r\n', '\n'))
    }
    return exitCodes.ok
  },
})
