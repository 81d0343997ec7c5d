/**
 * Every mesh, listed once, by the name that scenarios have for it: its folder gives the function by which they ask for
 * its rules, and with it all that Sidetrack knows of the mesh.
 */
export { istio } from './istio/rules.ts'
export { osm } from './osm/rules.ts'
