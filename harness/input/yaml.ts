import { createRequire } from 'node:module'
import type * as Yaml from 'yaml'

const require = createRequire(import.meta.url)

/** The package that reads YAML, loaded when it is first asked for: that takes 30 ms, and most runs read none. */
export const yaml = (): typeof Yaml => require('yaml') as typeof Yaml
