import { families } from '../../core/address.ts'
import { backends } from '../../flow/backend.ts'
import { type Effect, effects } from '../../gate/changes/behaviour.ts'
import { gateReporterNames } from '../../gate/reporters/index.ts'
import { accountOptions } from '../options/accounts.ts'
import { readMesh } from '../options/mesh.ts'
import { count, flag, oneOf, optional, repeatable, someOf, withDefault } from '../command/option.ts'
import { reporterAmong } from '../options/reporter-choice.ts'
import { sandboxOptions } from '../options/sandbox.ts'
import { withoutOption } from '../options/without.ts'

const backend = oneOf(backends)

/** The options of `gate`. */
export const gateOptions = {
  baseline: optional(
    'SRC',
    "the rules as they were: osm@1.0, file:PATH, exec:COMMAND, image:NAME ARGS, or git:REV: the candidate's command in the files of that revision",
  ),
  candidate: optional('SRC', 'the rules as they are to be: osm, file:PATH, exec:COMMAND or image:NAME ARGS'),
  'baseline-cwd': optional('DIR', 'where the baseline runs, such as a second checkout; by default where you are'),
  'candidate-cwd': optional('DIR', 'the same of the candidate'),
  mesh: optional('NAME[@RELEASE]', 'the mesh that the rules are for; exec: and image: need it', readMesh),
  'clean-env': flag('keeps your environment from exec: builders: PATH, HOME, LANG and TMPDIR remain'),
  ...accountOptions,
  config: optional('FILE|-', 'the one config that both are asked for, as sidetrack.config/1'),
  configs: optional(
    'DIR|generated[=N]',
    "a folder of such files, JSON or YAML, or configs in which every two options meet with each two of their values; by default the suite's",
  ),
  seed: optional('N', 'where the chance of generated configs begins (default: 1)', count),
  without: withoutOption,
  flows: withDefault(
    'all|suite|witnesses',
    'all',
    "which flows are sent: those of the suite's scenarios, one for each class that the model tells apart, or both",
    oneOf(['all', 'suite', 'witnesses'] as const),
  ),
  iptables: withDefault('nft|legacy|all', 'all', 'iptables backends', someOf(backends)),
  'baseline-iptables': optional(
    'nft|legacy',
    'the backend that loads the baseline, where that is another than the candidate has',
    backend,
  ),
  'candidate-iptables': optional('nft|legacy', 'the same of the candidate', backend),
  family: optional('ipv4|ipv6|all', 'address families; by default all', someOf(families)),
  ...sandboxOptions,
  jobs: optional('N', 'pods under way at once; by default eight a processor', count),
  approvals: optional('FILE', 'a YAML list of changes that are meant: ids, before, after, changed, reason'),
  approve: flag('adds what is not approved to that file, an entry for each cause'),
  reason: optional('TEXT', 'with --approve, why it is meant'),
  prune: flag('takes approvals out of that file that cover no change'),
  'fail-on': withDefault(
    'any|never|EFFECT,…',
    'any',
    `which changes end with exit code 1, if no approval covers them: ${effects.join(', ')}`,
    failOn,
  ),
  reporter: repeatable(
    'NAME[=FILE]',
    `how the result is written (${gateReporterNames.join(', ')}); to a file or standard output (default: pretty)`,
    reporterAmong(gateReporterNames),
  ),
  verbose: flag('all of it, in place of a screen'),
}

function failOn(text: string): readonly Effect[] {
  if (text === 'any') return effects
  if (text === 'never') return []
  const alone = text.split(',').find((word) => ['any', 'never'].includes(word.trim()))
  if (alone !== undefined) throw new TypeError(`'${alone.trim()}' stands alone, not beside others`)
  return text.split(',').map((word) => {
    const found = effects.find((known) => known === word.trim())
    if (found === undefined) throw new TypeError(`'${word}' is none of any, never, ${effects.join(', ')}`)
    return found
  })
}
