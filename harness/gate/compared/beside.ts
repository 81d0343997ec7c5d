import { families } from '../../core/address.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import type { Made } from './ask.ts'
import { onSides, type Sides } from './sides.ts'

/** Another program's rules in the pod, beside those of both sides. */
export interface Beside {
  /** As ids have it. */
  id: string
  words: string
  rule: string
}

/**
 * Firewalls as many programs set them up. In which zone of connection tracking an answer is looked for decides whether
 * it belongs to anything, and a mesh's own rules may never ask for that.
 */
export const firewalls: readonly Beside[] = [
  {
    id: 'firewall-in',
    words: 'beside rules that let in answers alone',
    rule: '-A INPUT ! -i lo -m conntrack ! --ctstate RELATED,ESTABLISHED -j DROP',
  },
  {
    id: 'firewall-out',
    words: 'beside rules that let out answers alone',
    rule: '-A OUTPUT ! -o lo -m conntrack ! --ctstate RELATED,ESTABLISHED -j DROP',
  },
]

/** What both sides have made, with another program's rules loaded behind it. */
export const withBeside = (made: Sides<Made>, { id, rule }: Beside): Sides<Made> =>
  onSides((side) => {
    const { texts, key, ...own } = made[side]
    const payload = `*filter\n${rule}\nCOMMIT\n`
    const loaded = families.map((family): RuleText => ({ form: 'restore', family, payload }))
    return { ...own, texts: [...texts, ...loaded], key: `${key} ${id}` }
  })
