import { split } from '../go-values.ts'
import { mangle, type Step } from './rule.ts'

/**
 * What keeps TPROXY from taking twice: 1337 marks what the proxy has passed on, with the client's address, and 1338 its
 * calls of its own pod by a service. Its numbered rules go in front of those that capture.
 */
export const transparentMarks: Step = ({ args, isTransparent, loopback, passthrough }) => {
  if (!isTransparent) return []
  const owners = [
    ...split(args.proxyUIDs).map((id) => `--uid-owner ${id}`),
    ...split(args.proxyGIDs).map((id) => `--gid-owner ${id}`),
  ]
  return mangle(
    '-A PREROUTING -p tcp -m mark --mark 1337 -j CONNMARK --save-mark',
    '-A OUTPUT -p tcp -o lo -m mark --mark 1337 -j RETURN',
    ...owners.map((owner) => `-A OUTPUT ! -d ${loopback} -p tcp -o lo -m owner ${owner} -j MARK --set-mark 1338`),
    '-A OUTPUT -p tcp -m connmark --mark 1337 -j CONNMARK --restore-mark',
    '-I ISTIO_INBOUND 1 -p tcp -m mark --mark 1337 -j RETURN',
    `-I ISTIO_INBOUND 2 -p tcp -s ${passthrough} -i lo -j RETURN`,
    '-I ISTIO_INBOUND 3 -p tcp -i lo -m mark ! --mark 1338 -j RETURN',
  )
}
