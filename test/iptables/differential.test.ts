import fc from 'fast-check'
import t, { type Test } from 'tap'
import { families } from '../../harness/core/address.ts'
import { asHarnessError } from '../../harness/core/errors.ts'
import { backends } from '../../harness/flow/backend.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { loadRules } from '../../harness/iptables/ruleset/load.ts'
import { moduleNames } from '../../harness/iptables/syntax/modules.ts'
import { readRules } from '../../harness/iptables/texts/read.ts'
import { targetNames } from '../../harness/iptables/syntax/targets.ts'
import { randomRun } from '../helpers/random-run.ts'
import { matchBases, targetBases, untried } from './extension-forms.ts'
import { commands, lines, payloads } from './line-forms.ts'
import { optionForms } from './option-forms.ts'
import { askForReal, type Said } from './real.ts'
import { isReadOtherwise } from './versions.ts'

const { cases, seed } = randomRun('SIDETRACK_FORMS', 1500)

/** What a name stands for is a machine's affair: it is read, and nobody here knows what it means. */
const lookedUp =
  /does not resolve|invalid port.service|Port .* not valid|name resolution|Name or service not known|could not map name|Bad value for "--[ug]id-owner"|label .* not found|host.network .* not found/

/** That these end the program before it has loaded anything is no success. */
const endsLoading = /^-A C -h$|^(-h|--help|-V|--version)$/m

/** Why a text is refused here, or undefined. @param before what is there already. */
function refusal(text: RuleText, before: readonly RuleText[] = []): string | undefined {
  try {
    const { family } = text
    const read = text.form === 'restore' ? readRules(text.payload, { family, podIPs: [], payloadFamily: family }) : text
    return loadRules(read === undefined ? [] : [...before, read], family).failed?.message
  } catch (thrown) {
    const error = asHarnessError(thrown)
    if (error.fault !== 'input') throw thrown
    return error.message
  }
}

interface Asked {
  text: RuleText
  before?: readonly RuleText[]
}

/** Where both programs say the same, it is said here too. */
function holdsAgainst(t: Test, asked: readonly Asked[]): void {
  const [nft, legacy] = backends.map((backend) =>
    askForReal(
      asked.map(({ text }) => text),
      backend,
    ),
  ) as [Said[], Said[]]
  const different = asked.flatMap(({ text, before }, index) => {
    const [one, other] = [nft[index], legacy[index]]
    const own = refusal(text, before)
    if (one?.accepted !== other?.accepted || one?.accepted === (own === undefined)) return []
    const words = `${one?.words}${other?.words}`
    if (own === undefined && lookedUp.test(words)) return []
    if (isReadOtherwise(JSON.stringify(text), own ?? words, 'nft')) return []
    return [{ text: JSON.stringify(text), here: own ?? 'accepted', there: words === '' ? 'accepted' : words }]
  })
  t.same(different.slice(0, 5), [], `${asked.length} texts, ${different.length} of them read otherwise`)
  t.ok(nft.some(({ accepted }) => accepted) && legacy.some(({ accepted }) => !accepted))
}

t.test(
  'every line, payload and command is accepted where both programs accept it, and refused where both refuse it',
  async (t) => {
    const start = (family: RuleText['family']): RuleText => ({
      form: 'restore',
      family,
      payload: '*filter\n:C - [0:0]\nCOMMIT\n',
    })
    const asked = families.flatMap((family): Asked[] => [
      ...lines
        .filter((line) => !endsLoading.test(line))
        .map(
          (line): Asked => ({
            text: { form: 'restore', family, payload: `*filter\n:C - [0:0]\n:D - [0:0]\n${line}\nCOMMIT\n` },
          }),
        ),
      ...payloads.map((payload): Asked => ({ text: { form: 'restore', family, payload } })),
      ...commands.map((command): Asked => {
        const argv = command.split(' ').filter((word) => word !== '')
        return { text: { form: 'commands', family, commands: [{ argv, line: 1 }] }, before: [start(family)] }
      }),
    ])
    holdsAgainst(t, asked)
  },
)

t.test(`every option of every match and target, with values of every kind (seed ${seed})`, async (t) => {
  const forms = optionForms()
  const chosen = fc.sample(fc.nat(forms.length - 1), { seed, numRuns: cases }).map((index) => forms[index])
  holdsAgainst(
    t,
    chosen.filter((form) => form !== undefined),
  )
})

t.test('every match and target is tried, or is said not to be', async (t) => {
  const bases = [...Object.keys(matchBases), ...Object.keys(targetBases), ...untried]
  t.same(
    [...new Set([...moduleNames, ...targetNames])].filter((name) => !bases.includes(name)),
    [],
  )
  t.same(
    bases.filter((name) => !moduleNames.includes(name) && !targetNames.includes(name)),
    [],
  )
})

t.test('what ends iptables-restore is refused, since nothing would be loaded', async (t) => {
  for (const line of ['-h', '-V', '--help', '-A OUTPUT -h'])
    t.match(
      refusal({ form: 'restore', family: 'ipv4', payload: `*filter\n${line}\nCOMMIT\n` }),
      /ends iptables-restore before COMMIT/,
      line,
    )
})
