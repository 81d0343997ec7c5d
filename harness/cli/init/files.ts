/** What a new project begins with, by path: a scenario that holds, and what runs it. */
export function projectFilesOf({ mesh, example, checkout, below }: Choice): ReadonlyMap<string, string> {
  return new Map([
    ['sidetrack.config.ts', config(mesh)],
    ['scenarios/outbound.ts', example],
    ['tsconfig.json', tsconfig(['sidetrack.config.ts', 'scenarios'], checkout)],
    [workflowPath, workflow(below)],
  ])
}

export const workflowPath = '.github/workflows/sidetrack.yml'

/**
 * The scenarios' own, for a project that has a tsconfig already: whatever that includes, editors take the nearest.
 * @param checkout as seen from the folder of the scenarios.
 */
export function scenariosTsconfig(checkout: Choice['checkout']): readonly [path: string, text: string] {
  return ['scenarios/tsconfig.json', tsconfig(['.', '../sidetrack.config.ts'], checkout)]
}

export interface Choice {
  mesh: string
  /** The first scenario. */
  example: string
  /**
   * Where Sidetrack's types are if the package is not installed there, and those of Node, which a checkout's source
   * uses.
   */
  checkout?: { dsl: string; typeRoots?: string }
  /** Of a folder below the root of its repository: where it is, and its lockfile, as seen from there. */
  below?: { folder: string; lockfile: string }
}

const config = (mesh: string): string => `import { defineConfig } from 'sidetrack'

// Each field is the option of \`sidetrack run\` of that name, for calls that do not give it.
export default defineConfig({
  scenarios: './scenarios',
  mesh: '${mesh}',
  // Your own rule builder, which reads a config as JSON and prints rules:
  // rules: 'exec:./my-builder',
})
`

export const examples: Readonly<Record<string, string>> = {
  istio: `import { app, istio, proxy, remote, scenario } from 'sidetrack'

export default scenario('a port is excluded from capture', {
  rules: istio({ excludeOutboundPorts: '6379' }),
  flows: [
    app.tcp('203.0.113.10:6379').isDirect(),
    app.tcp('203.0.113.10:6380').isRedirected('outbound'),
    proxy.tcp('203.0.113.10:6380').isDirect(),
    remote.tcp('pod:8080').isRedirected('inbound'),
  ],
})
`,
  osm: `import { app, osm, proxy, remote, scenario } from 'sidetrack'

export default scenario('a port is excluded from capture', {
  rules: osm({ outboundPortExclusionList: [6379] }),
  flows: [
    app.tcp('203.0.113.10:6379').isDirect(),
    app.tcp('203.0.113.10:6380').isRedirected('outbound'),
    proxy.tcp('203.0.113.10:6380').isDirect(),
    remote.tcp('pod:8080').isRedirected('inbound'),
  ],
})
`,
}

function tsconfig(include: readonly string[], checkout: Choice['checkout']): string {
  const compilerOptions = {
    target: 'esnext',
    module: 'preserve',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    types: checkout?.typeRoots ? ['node'] : [],
    ...(checkout?.typeRoots && { typeRoots: [checkout.typeRoots] }),
    ...(checkout && { paths: { sidetrack: [checkout.dsl] } }),
  }
  return `${JSON.stringify({ compilerOptions, include }, undefined, 2)}\n`
}

const workflow = (below: Choice['below']): string => `name: Sidetrack

on: [push, pull_request]

permissions:
  contents: read

jobs:
  sidetrack:
    runs-on: ubuntu-24.04
    timeout-minutes: 15${below === undefined ? '' : inFolder(below.folder)}
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/setup-node@v4
        with:
          node-version: 24
          cache: npm${below === undefined ? '' : `\n          cache-dependency-path: ${quoted(below.lockfile)}`}
      - run: npm ci
      # As root: Ubuntu 24.04 gives an ordinary user no capabilities in a user namespace.
      - run: sudo --preserve-env=GITHUB_WORKSPACE,GITHUB_STEP_SUMMARY env "PATH=$PATH" npx sidetrack run --reporter pretty --reporter github
`

const inFolder = (folder: string): string => `
    defaults:
      run:
        working-directory: ${quoted(folder)}`

/** As YAML has a text that may be anything else without quotation marks: JSON is YAML. */
const quoted = (text: string): string => (/^[\w./-]*[A-Za-z][\w./-]*$/.test(text) ? text : JSON.stringify(text))
