import t from 'tap'
import { asHarnessError } from '../../harness/core/errors.ts'
import { loadRules } from '../../harness/iptables/ruleset/load.ts'
import { readRules } from '../../harness/iptables/texts/read.ts'
import { hostileTexts } from './hostile-texts.ts'

/** What is said of a text, from its bytes to its rules; undefined if it is read. */
function refusal(text: string): string | undefined {
  try {
    const rules = readRules(text, { family: 'ipv4', podIPs: ['10.244.0.5'] })
    return loadRules(rules === undefined ? [] : [rules], 'ipv4').failed?.message
  } catch (thrown) {
    const error = asHarnessError(thrown)
    if (error.fault !== 'input') throw thrown
    return error.message
  }
}

// What grows faster than its text would take hours; a loaded machine takes minutes for all of them.
t.setTimeout(600_000)

t.test('a text that grows in whatever way is read, or refused in one line', async (t) => {
  for (const { name, text, refused } of hostileTexts) {
    const said = refusal(text())
    if (refused === undefined) t.equal(said, undefined, name)
    else t.match(said, refused, name)
    t.ok((said?.length ?? 0) < 1000 && !said?.includes('\n'), `${name}: one short line`)
  }
})
