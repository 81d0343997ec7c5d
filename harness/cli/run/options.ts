import { families } from '../../core/address.ts'
import { backends } from '../../flow/backend.ts'
import { accountOptions } from '../options/accounts.ts'
import { evidenceOptions } from '../options/evidence.ts'
import { readMesh } from '../options/mesh.ts'
import { cleanEnv, snapshotOption } from '../options/source.ts'
import { count, flag, milliseconds, optional, shard, someOf, type Values, withDefault } from '../command/option.ts'
import { reporterOptions } from '../options/reporting.ts'
import { sandboxesOptions } from '../options/sandboxes.ts'
import { bugsOption } from '../options/scenarios.ts'
import { selectionOptions } from '../options/selection.ts'
import { withoutOption } from '../options/without.ts'

/** Every option of `run`. */
export const runOptions = {
  bugs: bugsOption,
  mesh: optional(
    'NAME[@RELEASE]',
    "whose promises are held; by default each scenario's newest built-in release",
    readMesh,
  ),
  rules: optional(
    'SRC',
    'whose rules run: osm, osm@1.2, file:PATH (file:- is standard input), exec:COMMAND or image:NAME ARGS; by default those of the mesh',
  ),
  'clean-env': cleanEnv,
  config: optional('FILE|-', 'the config that a file: was made from; scenarios with an equal one run'),
  without: withoutOption,
  'expected-failures': optional(
    'FILE',
    'a YAML list of ids (a glob) and reason: checks that may fail; one that passes is told',
  ),
  ...snapshotOption,
  ...accountOptions,
  iptables: withDefault('nft|legacy|all', 'all', 'iptables backends', someOf(backends)),
  family: optional('ipv4|ipv6|all', 'address families; by default all that a scenario speaks of', someOf(families)),
  ...sandboxesOptions,
  envoy: optional(
    'PATH|IMAGE',
    "a real Envoy in the stub's place: a file's name, or that of an image with envoy in it, image:NAME where that could be either; needs Linux 6.3",
  ),
  ...selectionOptions,
  shard: optional('I/N', 'part I of N: every check is in one of the parts, which `merge` joins again', shard),
  jobs: optional('N', 'pods under way at once; by default eight a processor, with --init-image one', count),
  timeout: optional(
    'MS',
    "milliseconds that a scenario's pod may take, where it says none itself; what has no verdict by then is an error",
    milliseconds,
  ),
  repeat: withDefault('N', '1', 'how often each check runs', count),
  bail: flag('ends the run at the first check that does not pass'),
  watch: flag('runs again what a saved file touches, in a sandbox that stays warm, until you press Ctrl-C'),
  ...evidenceOptions,
  ...reporterOptions,
}

export type RunValues = Values<typeof runOptions>

/** What a project file may say of a run. */
export const projectOptions = [
  ...[
    'scenarios',
    'mesh',
    'rules',
    'clean-env',
    'config',
    'without',
    'expected-failures',
    'iptables',
    'family',
    'sandbox',
    'image',
  ],
  ...['init-image', 'envoy', 'jobs', 'timeout', 'keep-evidence', 'evidence-folder', 'reporter'],
]
