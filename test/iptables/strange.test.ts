import fc from 'fast-check'
import t from 'tap'
import { families } from '../../harness/core/address.ts'
import { loadRules } from '../../harness/iptables/ruleset/load.ts'
import { printTree } from '../../harness/iptables/syntax/print.ts'
import { randomRun } from '../helpers/random-run.ts'

const words =
  '-A -I -D -N -X -F -P -s -d -i -o -p -m -j -g -c -f ! OUTPUT X 1 0 tcp udp icmp owner multiport conntrack mark comment addrtype tcp ' +
  '--dport --sports --ports --syn --tcp-flags --uid-owner --suppl-groups --ctstate --mark --comment --dst-type --icmp-type REDIRECT DNAT ' +
  'MARK CT TPROXY LOG REJECT RETURN --to-ports --to --to-destination --set-mark --zone --on-port --on-ip 80 010 1-2 1:2 : - / [::1]:80 ::/129 ' +
  'fd00::1 fe80::1%lo [fe80::1%lo]:80 1.2.3.4,5.6.7.8 10/8 --reject-with --log-level --helper --left-shift-mark echo- any COMMIT :Y *filter ' +
  '1.2.3.4 1.2.3.4/33 1.2.3.4/-1 1.2.3.4:80-90/1 NEW ALL NONE SYN "a "" __proto__ constructor 0x1/0x2 99999999999999999999 - -- --='
const line = fc
  .array(fc.oneof(fc.constantFrom(...words.split(' ')), fc.string({ maxLength: 5 })), { maxLength: 8 })
  .map((parts) => parts.join(' '))

const { cases, seed } = randomRun('SIDETRACK_STRANGE', 5000)

t.test(
  'whatever a stranger writes is read or refused with its place, and what is read can be read again',
  async (t) => {
    const property = fc.property(fc.constantFrom(...families), fc.array(line, { maxLength: 4 }), (family, lines) => {
      const payload = ['*nat', ':X - [0:0]', ...lines.map((text) => `-A X ${text}`), ...lines, 'COMMIT', ''].join('\n')
      const { tree, failed } = loadRules([{ form: 'restore', family, payload }], family)
      if (failed !== undefined) return /^line \d+/.test(failed.message)
      const printed = printTree(tree)
      const again = loadRules([{ form: 'restore', family, payload: printed }], family)
      return again.failed === undefined && printTree(again.tree) === printed
    })
    t.doesNotThrow(() => fc.assert(property, { seed, numRuns: cases }))
  },
)
