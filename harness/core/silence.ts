/** Notices that somebody who owes an answer has said nothing for too long. */
export class Silence {
  readonly #milliseconds: () => number
  readonly #onSilent: () => void
  #timer: NodeJS.Timeout | undefined
  #owed = 0
  #heard = 0

  /**
   * @param milliseconds is asked each time that a first answer is owed. @param onSilent is called once; nothing is owed
   * from then on.
   */
  constructor(milliseconds: () => number, onSilent: () => void) {
    this.#milliseconds = milliseconds
    this.#onSilent = onSilent
  }

  /** One more answer is owed. */
  begin(): void {
    this.#owed += 1
    if (this.#owed === 1) this.#wait()
  }

  /** Something has been said, whatever it was. */
  heard(): void {
    this.#heard += 1
    this.#timer?.refresh()
  }

  /** One answer less is owed. */
  end(): void {
    this.#owed -= 1
    if (this.#owed === 0) this.stop()
  }

  /** Nothing is owed any more. */
  stop(): void {
    this.#owed = 0
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /**
   * A process that has been stopped itself, as by Ctrl-Z, finds its timers expired before it has read what came
   * meanwhile. So it reads once more before it says that nothing came: setImmediate calls back behind that.
   */
  #wait(): void {
    this.#timer = setTimeout(() => {
      const before = this.#heard
      setImmediate(() => {
        if (this.#owed === 0) return
        if (this.#heard !== before) return this.#wait()
        this.stop()
        this.#onSilent()
      })
    }, this.#milliseconds())
  }
}
