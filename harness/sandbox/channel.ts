import type { Readable, Writable } from 'node:stream'
import type { DrivenFlow, FlowResult, HelloResult, Method, Methods, Response, SendOptions } from '../agent/protocol.ts'
import { formatDuration } from '../core/deadline.ts'
import { HarnessError } from '../core/errors.ts'
import { Silence } from '../core/silence.ts'
import { readJsonLines, writeJsonLine } from '../sys/processes/json-lines.ts'
import type { Deadlines } from './end-agent.ts'
import { FlowStream } from './flow-stream.ts'

/**
 * An agent that owes an answer reports progress at least every second, and waits for nothing longer than its
 * `patience` (agent/patience.ts). An agent that stays silent for longer hangs, or is stopped.
 */
export const answerMilliseconds = 75_000

interface Asked {
  method: Method
  /** Receives the results of flows that arrive before the answer. */
  stream?: FlowStream
  resolve(result: unknown): void
  reject(error: HarnessError): void
}

export interface ChannelOptions {
  /** Explains whose fault it is that the agent has not answered, if that can be seen. */
  explain?(message: string): HarnessError
}

/** Sends requests to an agent and returns its answers, over any transport of lines. */
export class Channel {
  readonly #input: Writable
  readonly #open = new Map<number, Asked>()
  readonly #silence: Silence
  readonly #explain: (message: string) => HarnessError
  #answerWithin = answerMilliseconds
  #count = 0
  #closed: HarnessError | undefined

  constructor(input: Writable, output: Readable, { explain }: ChannelOptions = {}) {
    this.#input = input
    this.#explain = explain ?? ((message) => new HarnessError('sidetrack', message))
    this.#silence = new Silence(
      () => this.#answerWithin,
      () => this.#giveUp(),
    )
    input.on('error', () => {})
    // The owner of the agent knows why the stream has ended, and closes the channel with that reason.
    readJsonLines(
      output,
      (response) => this.#hear(response as Response),
      () => {},
    )
  }

  /** Whether an answer is owed, or never came. */
  get isOwed(): boolean {
    return this.#open.size > 0
  }

  /** @throws HarnessError with the agent's fault, or the reason why the channel is closed. */
  ask<M extends Exclude<Method, 'send'>>(method: M, params: Methods[M]['params']): Promise<Methods[M]['result']> {
    return this.#ask(method, params)
  }

  /**
   * Starts sending flows.
   * @returns their results in order, each as soon as it and those before it are known; it throws a HarnessError as
   * `ask` does.
   */
  send(pod: string, flows: readonly DrivenFlow[], options: SendOptions = {}): AsyncIterable<FlowResult> {
    const stream = new FlowStream(flows.length)
    this.#ask('send', { pod, flows, ...options }, stream).then(
      () => stream.end(),
      (error: HarnessError) => stream.fail(error),
    )
    return stream.results()
  }

  /** From the next request on, gives an agent that says nothing up after so many milliseconds. */
  expectAnswersWithin(milliseconds: number): void {
    this.#answerWithin = milliseconds
  }

  /** Why nothing more is answered, if it is closed. */
  get closed(): HarnessError | undefined {
    return this.#closed
  }

  /** All pending requests fail with this reason; only the first call counts. */
  close(reason: HarnessError): void {
    this.#closed ??= reason
    this.#silence.stop()
    for (const { reject } of this.#open.values()) reject(this.#closed)
  }

  #ask<M extends Method>(method: M, params: Methods[M]['params'], stream?: FlowStream): Promise<Methods[M]['result']> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    this.#count += 1
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#open.set(this.#count, { method, resolve, reject, ...(stream && { stream }) })
    this.#silence.begin()
    writeJsonLine(this.#input, { id: this.#count, method, params })
    return promise as Promise<Methods[M]['result']>
  }

  #giveUp(): void {
    const [first] = this.#open.values()
    const waited = formatDuration(this.#answerWithin)
    this.close(this.#explain(`the agent has not answered '${first?.method}' for ${waited}`))
  }

  #hear(response: Response): void {
    this.#silence.heard()
    if ('progress' in response) return
    const asked = this.#open.get(response.id)
    if (asked === undefined || this.#closed !== undefined) return
    if ('flows' in response) return asked.stream?.add(response.flows)
    this.#open.delete(response.id)
    this.#silence.end()
    if ('result' in response) return asked.resolve(response.result)
    const { message, fault, hint, skips } = response.error
    asked.reject(new HarnessError(fault, message, { ...(hint !== undefined && { hint }), ...(skips && { skips }) }))
  }
}

/**
 * Tells a new agent how patient it is to be, and asks what it finds. Its answers have their own deadline only then: how
 * soon a process starts says more of the machine than of the agent.
 * @throws HarnessError
 */
export async function greet(channel: Channel, { answer, patience }: Deadlines): Promise<HelloResult> {
  if (patience !== undefined) await channel.ask('patience', { milliseconds: patience })
  const hello = await channel.ask('hello', {})
  if (answer !== undefined) channel.expectAnswersWithin(answer)
  return hello
}
