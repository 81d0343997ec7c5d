/** What a scenario file may import. */
export { app, as, inner, proxy, remote, root } from './flows.ts'
export { istio, osm, ruleText } from './rules.ts'
export { scenario } from './define.ts'
