import { type ConnectionState, connectionStates } from '../../netfilter/field.ts'
import { readBeginnings } from '../words/values.ts'
import { over, single } from './lowering.ts'
import { type KnownOption, one } from './option.ts'

/** In the order in which iptables looks for them; `connectionStates` has the one in which iptables-save prints them. */
const lookedFor: readonly ConnectionState[] = ['INVALID', 'NEW', 'ESTABLISHED', 'RELATED', 'UNTRACKED', 'SNAT', 'DNAT']

/** @param count how many of them the match knows: `-m state` has no SNAT and DNAT. */
export const statesOption = (
  option: string,
  count: number,
  more: { required?: true } = {},
): KnownOption<ConnectionState[]> =>
  one<ConnectionState[]>({
    option,
    ...more,
    read: (word) => {
      const given = readBeginnings(word, lookedFor.slice(0, count), 'connection state')
      return connectionStates.filter((state) => given.includes(state))
    },
    print: (states) => states.join(','),
    lower: (states, asking) =>
      over(
        'ctstate',
        asking,
        states.map((state) => single(connectionStates.indexOf(state))),
      ),
  })
