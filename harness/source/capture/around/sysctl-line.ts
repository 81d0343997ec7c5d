/** `net.ipv4.ip_forward = 1`, as sysctl(8) and /etc/sysctl.conf have it, and `/proc/sys/net/ipv4/ip_forward:1`. */
export function shownSysctl(text: string): readonly [name: string, value: string] | undefined {
  if (text.length > 300) return undefined
  const [, name, value] =
    /^((?:net|kernel|fs|vm|user)(?:[./][\w*-]+(?:[./@:]\w+)*)+)\s*=\s*(-?[\w./:-]+(?:\s+[\w./:-]+)*)$/.exec(text) ??
    /^\/proc\/sys\/((?:net|kernel|fs|vm)\/[\w./@-]+):(-?[\w./-]+(?:\s+[\w./-]+)*)$/.exec(text) ??
    []
  return name === undefined || value === undefined ? undefined : [dotted(name), value]
}

/** Where a name is written with slashes, its dots are an interface's (sysctl.d(5)). */
const dotted = (name: string): string =>
  /^[^.]*\//.test(name) ? name.replace(/[./]/g, (sign) => (sign === '/' ? '.' : '/')) : name
