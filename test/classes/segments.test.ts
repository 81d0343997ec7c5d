import t from 'tap'
import { segmentsAsked } from '../../harness/classes/space/segments.ts'
import { formatFlags } from '../../harness/core/tcp-flags.ts'
import { loadText } from '../../harness/run/predict/loaded-rules.ts'
import { payload } from '../sandbox/literal-pod.ts'

const asked = (...rules: readonly string[]): string[] => {
  const load = (family: 'ipv4' | 'ipv6', filter: readonly string[]) =>
    loadText({ form: 'restore', family, payload: payload({ filter }) }).ruleset
  return segmentsAsked([{ rulesets: { ipv4: load('ipv4', rules), ipv6: load('ipv6', []) } }]).map(formatFlags)
}
const state = (states: string): string => `-A INPUT -m conntrack --ctstate ${states} -j DROP`

t.test('lone segments are asked about where rules tell them from what begins a connection', (t) => {
  t.same(asked('-A INPUT -p tcp -j ACCEPT'), [])
  t.same(asked(state('RELATED,ESTABLISHED')), [], 'neither a first packet nor an invalid one')
  t.same(asked(state('INVALID,NEW')), [], 'both')
  t.same(asked(state('INVALID')), ['FIN,ACK'])
  t.same(asked('-A INPUT -m conntrack ! --ctstate NEW -j DROP'), ['FIN,ACK'])
  t.same(asked('-A INPUT -p tcp ! --syn -j DROP'), ['ACK', 'FIN,ACK'])
  t.same(asked('-A INPUT -p tcp --tcp-flags ALL NONE -j DROP'), ['FIN,ACK', 'NONE'])
  t.end()
})
