/** What a scenario file may import. */
export { app, as, inner, proxy, remote, root } from './flows.ts'
export * from '../mesh/list.ts'
export { ruleText } from './rules.ts'
export { scenario } from './define.ts'
export { defineConfig, type ProjectConfig } from './project.ts'
