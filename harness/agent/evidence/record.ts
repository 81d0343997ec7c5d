import { performance } from 'node:perf_hooks'
import type { Family } from '../../core/address.ts'
import type { Pod } from '../pod/pod.ts'
import type { KeptEvidence } from '../protocol.ts'
import { Capture } from './capture.ts'

/** Writes down what happens in a pod. */
export type Note = (who: string, what: string, details?: object) => void

/** The evidence of one pod's run: what the agent did and heard, the rules before it, and every packet. */
export class PodRecord {
  readonly #started = performance.now()
  readonly #began = new Date()
  readonly #log: string[] = []
  readonly #captures: Capture[] = []
  #rulesBefore: Record<Family, string> = { ipv4: '', ipv6: '' }

  constructor({ name, interfaces }: Pod) {
    for (const each of interfaces) this.#captures.push(new Capture(each))
    this.note('agent', `${name} at ${this.#began.toISOString()}, milliseconds from here on`, {
      interfaces: interfaces.map((each) => each.name),
    })
  }

  readonly note: Note = (who, what, details) => {
    const time = (performance.now() - this.#started).toFixed(3).padStart(10)
    this.#log.push(`${time}  ${who.padEnd(12)}  ${what}${details === undefined ? '' : ` ${JSON.stringify(details)}`}`)
  }

  async keepRules(save: () => Promise<Record<Family, string>>): Promise<void> {
    this.#rulesBefore = await save()
  }

  /** Empties the captures' buffers. */
  take(): void {
    for (const capture of this.#captures) capture.take()
  }

  result(): KeptEvidence {
    const captures = this.#captures.map((capture) => capture.result())
    return { rulesBefore: this.#rulesBefore, captures, log: [...this.#log] }
  }

  close(): void {
    for (const capture of this.#captures.splice(0)) capture.close()
  }
}
