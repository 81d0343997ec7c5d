import type { Fault } from '../fault.ts'
import { answerFaults } from './answer-faults.ts'
import { dnsFaults } from './dns-faults.ts'
import { inboundFaults } from './inbound-faults.ts'
import { ipv6Faults } from './ipv6-faults.ts'
import { listFaults } from './list-faults.ts'
import { outboundFaults } from './outbound-faults.ts'
import { transparentFaults } from './transparent-faults.ts'

/** All faults of rules of Istio's newest release. */
export const faults: readonly Fault[] = [
  ...inboundFaults,
  ...outboundFaults,
  ...listFaults,
  ...dnsFaults,
  ...answerFaults,
  ...ipv6Faults,
  ...transparentFaults,
]
