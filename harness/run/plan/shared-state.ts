import { asHarnessError, inputError } from '../../core/errors.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import { commandOrigin, payloadOrigin } from '../../iptables/ruleset/origin.ts'
import { payloadWords, type Word } from '../../iptables/words/payload-words.ts'
import { place } from '../../iptables/words/place.ts'

/**
 * Targets that act on the machine, whichever namespace their rule stands in. All others keep to the namespace's own
 * state, files of xt_recent and hashlimit in /proc among them; the kernel writes LOG's lines only for the machine's own
 * namespace.
 */
const shared: Readonly<Record<string, string>> = {
  // One list of timers and one class in sysfs for all (net/netfilter/xt_IDLETIMER.c): equal labels of two pods are one
  // timer.
  IDLETIMER: "its timers stand in the machine's own /sys, by their labels",
  // led_trigger_register in net/netfilter/xt_LED.c.
  LED: "it makes a trigger of the machine's own LEDs",
  // audit_log_start in net/netfilter/xt_AUDIT.c.
  AUDIT: "it writes to the machine's audit log",
  // security_secmark_refcount_inc in net/netfilter/xt_SECMARK.c: SELinux then asks about every packet of the machine.
  SECMARK: "it switches on the machine's checks of packet labels",
  // Of xtables-addons: a packet may restart the machine.
  SYSRQ: 'it lets packets give commands to the kernel',
}

/**
 * @param source whose rules they are.
 * @throws HarnessError (`input`) at the first rule whose target acts outside the pod.
 */
export function refuseSharedState(texts: readonly RuleText[], source: string): void {
  for (const { text, line, column } of texts.filter(mayName).flatMap(targetsOf)) {
    const why = Object.hasOwn(shared, text) ? shared[text] : undefined
    if (why !== undefined)
      throw inputError(
        `${source}, ${place(line, column)}`,
        `${text} is felt outside the pod: ${why}`,
        'rules with it are not loaded; `explain` reads them without --live',
      )
  }
}

const anyShared = new RegExp(Object.keys(shared).join('|'))

/** Few texts have the words; only those are taken apart. Quotes and backslashes may stand inside a name. */
function mayName(text: RuleText): boolean {
  if (text.form === 'commands') return text.commands.some(({ argv }) => anyShared.test(argv.join(' ')))
  return anyShared.test(text.payload.replace(/["'\\]/g, ''))
}

function targetsOf(text: RuleText): Word[] {
  if (text.form === 'commands') return text.commands.flatMap((command) => inWords(commandOrigin(command)))
  const origin = payloadOrigin(text)
  return text.payload
    .split('\n')
    .flatMap((content, index) => inWords(wordsIn(content, index + 1)).map((word) => origin.word(word)))
}

/** iptables refuses a line that cannot be split, and with it the rule. */
function wordsIn(content: string, line: number): Word[] {
  try {
    return payloadWords(content, line)
  } catch (thrown) {
    if (asHarnessError(thrown).fault !== 'input') throw thrown
    return []
  }
}

/** `-j X`, `-jX`, `-4jX`, `--jump X`, `--jump=X`, abbreviated as getopt_long(3) allows, and the same of goto. */
function inWords(words: readonly Word[]): Word[] {
  return words.flatMap((word, index) => {
    const [, joined] = /^(?:-[fnvx46]*[jg]|--(?:ju?m?p?|g(?:o|ot|oto)?)=)(.+)$/.exec(word.text) ?? []
    if (joined !== undefined) return [{ ...word, text: joined }]
    const next = words[index + 1]
    return next !== undefined && /^(?:-[fnvx46]*[jg]|--(?:ju?m?p?|g(?:o|ot|oto)?))$/.test(word.text) ? [next] : []
  })
}
