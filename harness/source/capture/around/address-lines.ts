import { familyOf } from '../../../core/address.ts'

/** Interfaces with their addresses, as `ip address` and `ifconfig` show them, in whatever form. */
export class AddressLines {
  readonly interfaces = new Map<string, string[]>()
  #current: string | undefined

  /** What follows belongs to no interface that stands above. */
  end(): void {
    this.#current = undefined
  }

  /**
   * @param text without blanks around it. @param isAsked it stands behind the command that prints such lines. @returns whether
   * it is a line of theirs.
   */
  takes(text: string, isAsked: boolean): boolean {
    if (text.length > 1000) return false
    const [, name, rest] = headOf(text)
    if (name !== undefined) {
      this.#current = name
      if (!this.interfaces.has(name)) this.interfaces.set(name, [])
      this.#addresses(rest ?? '')
      return true
    }
    if (isAsked && this.#brief(text)) return true
    if (this.#current === undefined) return false
    if (/^inet6?\s/.test(text)) {
      this.#addresses(text)
      return true
    }
    if (
      /^(?:link\/|ether\s|loop\s|valid_lft\s|(?:RX|TX)[ :]|UP\s|altname\s|alias\s|unspec\s|sit\s|tunnel\s|collisions:|Interrupt:|qdisc\s|inet6? )/.test(
        text,
      )
    )
      return true
    this.#current = undefined
    return false
  }

  /** `eth0@if7  UP  10.244.0.5/24 fd00::5/64` of `ip -br address`. */
  #brief(text: string): boolean {
    const [first = '', state = '', ...words] = text.split(/\s+/)
    if (!/^(?:UP|DOWN|UNKNOWN|LOWERLAYERDOWN|NOTPRESENT|DORMANT|TESTING)$/.test(state)) return false
    const [name = ''] = first.split('@')
    this.interfaces.set(name, [])
    this.#current = name
    for (const word of words) this.#add(word)
    return true
  }

  #addresses(text: string): void {
    const four =
      /\binet\s+(?:addr:\s*)?(\d[\d.]*)(\/\d+)?(?:\s+peer\s+\S+)?(?:.*?\s(?:netmask|Mask:)\s*:?\s*([\d.]+|0x[\da-f]{8})|.*Mask:([\d.]+))?/i.exec(
        text,
      )
    if (four !== null) this.#add(`${four[1]}${four[2] ?? `/${lengthOf(four[3] ?? four[4] ?? '255.255.255.255')}`}`)
    const six = /\binet6\s+(?:addr:\s*)?([\da-fA-F:]+(?:[\d.]+)?)(?:%\S+)?(\/\d+)?(?:\s+prefixlen\s+(\d+))?/.exec(text)
    if (six !== null) this.#add(`${six[1]}${six[2] ?? `/${six[3] ?? 128}`}`)
  }

  #add(address: string): void {
    const own = this.interfaces.get(this.#current ?? '')
    const [host = '', length = ''] = address.split('/')
    if (own === undefined || familyOf(host) === undefined || !/^\d{1,3}$/.test(length)) return
    if (/^fe[89ab]/i.test(host) || own.includes(address)) return
    own.push(address)
  }
}

/** `2: eth0@if7: <…>`, `2: eth0    inet …` of `ip -o`, `eth0: flags=…`, `eth0      Link encap:…` */
function headOf(text: string): readonly (string | undefined)[] {
  return (
    /^\d+:\s+([^\s:@]+)(?:@[^\s:]+)?:\s+<[A-Z\d,_-]*>(.*)$/.exec(text) ??
    /^\d+:\s+([^\s:@]+)(?:@[^\s:]+)?\s+(inet6?\s.*)$/.exec(text) ??
    /^([^\s:]+):\s+flags=\d+<[A-Z,_]*>(.*)$/.exec(text) ??
    /^([^\s:]+(?::\d+)?)\s+Link encap:(.*)$/.exec(text) ??
    []
  )
}

/** A netmask's length: `255.255.255.0` or `0xffffff00`. */
function lengthOf(mask: string): number {
  const bits = mask.startsWith('0x')
    ? Number(mask)
    : mask.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  return bits.toString(2).replaceAll('0', '').length
}
