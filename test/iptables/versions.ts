import { execFileSync } from 'node:child_process'
import { type Backend, backends } from '../../harness/flow/backend.ts'

/** One thing that a version of iptables does otherwise than 1.8.9, whose form the reader and the printer follow. */
interface Difference {
  backends: readonly Backend[]
  /**
   * The versions that do it; where between those that were tried (1.8.7, 1.8.9, 1.8.11) it begins or ends is not known.
   */
  versions: (version: number) => boolean
  /** In the rules as they were written, where it shows in them alone. */
  asked?: RegExp
  /** In what iptables-save prints. */
  found: RegExp
  printed: string
}

const before = (least: number) => (version: number) => version < least
const from = (least: number) => (version: number) => version >= least

const differences: readonly Difference[] = [
  // A mask that is no prefix is cut off behind its first bytes, in the kernel too.
  {
    backends: ['nft'],
    versions: before(1_008_009),
    found: /\b(\d+)\.\d+\.\d+\.\d+\/255\.0\.255\.0/g,
    printed: '$1.0.0.0/8',
  },
  // A rule without a target ends with a blank.
  { backends: ['nft'], versions: before(1_008_009), found: /^(-A (?:(?! -[jg] ).)*)$/gm, printed: '$1 ' },
  // The first port of a shifted range is decimal, whatever it begins with.
  { backends, versions: before(1_008_009), found: /(--to-destination \S+:80-90)\/8$/gm, printed: '$1/10' },
  // ICMP type 255 is any without a code alone; to the kernel of iptables-legacy it is with any.
  {
    backends,
    versions: from(1_008_011),
    asked: /--icmp-type 255\/3/,
    found: /--icmp-type any/g,
    printed: '--icmp-type 255/3',
  },
]

/** @returns the version of this machine's iptables as a number, such as 1008009. */
export function iptablesVersion(backend: Backend): number {
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/local/sbin:/usr/sbin:/sbin` }
  const said = execFileSync(`iptables-${backend}`, ['--version'], { encoding: 'utf8', env })
  const [, major, minor, patch] = /v(\d+)\.(\d+)\.(\d+)/.exec(said) ?? []
  return Number(major) * 1_000_000 + Number(minor) * 1000 + Number(patch)
}

/**
 * @param text rules in the printer's form
 * @param asked the payload that they were read from
 * @returns them as this machine's iptables prints them
 */
export function asPrintedHere(text: string, backend: Backend, asked: string): string {
  const version = iptablesVersion(backend)
  return differences
    .filter((difference) => difference.backends.includes(backend) && difference.versions(version))
    .filter((difference) => difference.asked?.test(asked) ?? true)
    .reduce((printed, { found, printed: here }) => printed.replace(found, here), text)
}

/** Where a version of iptables takes what 1.8.9 refuses, or the other way round. */
interface OtherReading {
  versions: (version: number) => boolean
  /** In the text that is read, where the words do not tell. */
  asked?: RegExp
  /** In the words with which it is refused, there or here. */
  refused: RegExp
}

const otherReadings: readonly OtherReading[] = [
  // 1.8.9 alone takes the whole word for the value that is glued to an option of iptables' own, as in `-s1.1.1.1`
  // (do_parse).
  {
    versions: (version) => version === 1_008_009,
    asked: /(?:^|["\s])(?:-[psdjio]|--(?:protocol|source|src|destination|dst|jump|in-interface|out-interface)=)[^\s"]/,
    refused: /./,
  },
  // A name for a port that something is redirected to.
  { versions: before(1_008_009), refused: /Bad value for "--to-ports" option/ },
  // A number for an address, in decimal: 32 is 0.0.0.32.
  { versions: before(1_008_009), asked: /--to-(?:source|destination) \d+\\n/, refused: /is no end for a translation/ },
  // Ranges that go down, a realm that is neither a number nor a name, counters that are no numbers.
  {
    versions: from(1_008_011),
    refused: /Port range \S+ is negative|bad value for option .* or out of range|invalid policy counters/,
  },
  { versions: from(1_008_011), refused: /bad integer value for option "--realm"/ },
  // The counters of a rule that there is not.
  { versions: from(1_008_011), asked: /-Z C 1/, refused: /line \d+ failed/ },
]

/**
 * @param words with which it is refused. @returns whether 1.8.9 and this machine's version are known to differ in that.
 */
export function isReadOtherwise(asked: string, words: string, backend: Backend): boolean {
  const version = iptablesVersion(backend)
  return otherReadings.some(
    (reading) => reading.versions(version) && reading.refused.test(words) && (reading.asked?.test(asked) ?? true),
  )
}
