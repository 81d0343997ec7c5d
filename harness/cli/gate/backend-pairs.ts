import { type Backend, backends } from '../../flow/backend.ts'
import { onSides, type BackendPair, type Sides } from '../../gate/compared/sides.ts'

/**
 * Which backends are compared: each that `--iptables` names with itself, unless an option of its own names that of a
 * side. The other side then has the one that `--iptables` names alone, or else the other one.
 */
export function backendPairs(chosen: readonly Backend[], own: Sides<Backend | undefined>): BackendPair[] {
  const named = own.baseline ?? own.candidate
  if (named === undefined) return chosen.map((one) => onSides(() => one))
  const [only, ...more] = chosen
  const other = more.length === 0 ? only : backends.find((known) => known !== named)
  return [onSides((side) => own[side] ?? other ?? named)]
}
