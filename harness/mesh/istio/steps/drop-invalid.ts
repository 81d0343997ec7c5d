import { mangle, type Step } from './rule.ts'

/** Packets out of window are dropped: translated back they are not, and the application would reset the connection. */
export const dropInvalid: Step = ({ release, args }) => {
  if (!args.dropInvalid) return []
  const invalid = '-A PREROUTING -m conntrack --ctstate INVALID'
  return release === '1.17' ? mangle(`${invalid} -j DROP`) : mangle(`${invalid} -j ISTIO_DROP`, '-A ISTIO_DROP -j DROP')
}
