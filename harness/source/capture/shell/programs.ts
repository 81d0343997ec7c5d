import type { Family } from '../../../core/address.ts'
import { type Backend, familyOfTool } from '../../../flow/backend.ts'
import type { ShellWord } from './syntax.ts'

/** A call of one of iptables' programs, whatever stands before it. */
export interface Call {
  family: Family
  backend?: Backend
  does: 'change' | 'save' | 'restore'
  /** The program's own word, and what follows it. */
  program: ShellWord
  words: readonly ShellWord[]
}

const program = /^(?:[\w./-]*\/)?(ip6?tables)(-nft|-legacy)?(-save|-restore)?$/
/** What runs another program that its words name. */
const wrappers = new Set(
  'sudo doas kubectl oc docker podman crictl nerdctl ctr nsenter ip unshare xtables-nft-multi xtables-legacy-multi xtables-multi busybox chroot env exec command time timeout nice nohup ssh minikube lxc strace eval microk8s k3s'.split(
    ' ',
  ),
)
const shells = new Set('sh bash ash dash zsh'.split(' '))

const baseName = (text: string): string => text.slice(text.lastIndexOf('/') + 1)

export const isWrapper = (text: string): boolean => wrappers.has(baseName(text))

/** Where the program stands that a command runs, alone or behind what wraps it; -1 where it runs another one. */
export function programAt(words: readonly ShellWord[], isIt: (text: string) => boolean): number {
  const first = words[0]?.text ?? ''
  return isWrapper(first) ? words.findIndex(({ text }) => isIt(text)) : isIt(first) ? 0 : -1
}

export function callOf(words: readonly ShellWord[]): Call | undefined {
  const at = asksWhere(words) ? -1 : programAt(words, (text) => program.test(text))
  const word = words[at]
  const [, name, backend, does] = program.exec(word?.text ?? '') ?? []
  if (word === undefined || name === undefined) return undefined
  return {
    family: familyOfTool(name),
    ...(backend && { backend: backend === '-legacy' ? 'legacy' : 'nft' }),
    does: does === '-save' ? 'save' : does === '-restore' ? 'restore' : 'change',
    program: word,
    words: words.slice(at + 1),
  }
}

/** `command -v iptables` tells whether it is there, and runs nothing. */
const asksWhere = ([first, second]: readonly ShellWord[]): boolean =>
  first?.text === 'command' && /^-[pvV]*[vV]/.test(second?.text ?? '')

/** The string that `sh -c STRING` runs, wrapped or not. */
export function scriptOf(words: readonly ShellWord[]): ShellWord | undefined {
  const shell = programAt(words, (text) => shells.has(baseName(text)))
  if (shell < 0) return undefined
  const option = words.findIndex(({ text }, index) => index > shell && /^-[a-z]*c$/.test(text))
  return option < 0 ? undefined : words[option + 1]
}

/**
 * Options that take a value as a word of its own, before the command's letter: what follows them is none of iptables'
 * commands.
 */
export function optionValue(words: readonly ShellWord[], short: string, long: string): string | undefined {
  for (const [index, { text }] of words.entries()) {
    if (text === short || (text.startsWith('--') && text.length > 3 && `--${long}`.startsWith(text)))
      return words[index + 1]?.text
    if (text.startsWith(`--${long}=`)) return text.slice(long.length + 3)
    if (text.startsWith(short) && !text.startsWith('--')) return text.slice(2)
  }
  return undefined
}

/** Whether a command prints rules, and changes none. */
export const looks = (words: readonly ShellWord[]): boolean =>
  words.some(({ text }) => /^-[nvx46w]*[LS][nvx]*$/.test(text) || /^--list(?:-rules)?$/.test(text)) &&
  !words.some(({ text }) => /^-[ADINRPXFEZ]$/.test(text))

/** Programs that make rules of flags of their own, by what they are called. */
const builders: Readonly<Record<string, string>> = {
  'istio-iptables': 'istio-iptables',
  'proxy-init': 'linkerd-init',
  'linkerd2-proxy-init': 'linkerd-init',
  'linkerd-cni': 'linkerd-init',
}

/** A rule builder that a command calls, whose flags are no rules. */
export interface BuilderCall {
  name: string
  at: ShellWord
  /** Its flags. */
  words: readonly ShellWord[]
}

/** The rule builder that a command calls. */
export function builderOf(words: readonly ShellWord[]): Omit<BuilderCall, 'words'> | undefined {
  for (const word of words.slice(0, 12)) {
    const name = baseName(word.text)
    if (Object.hasOwn(builders, name)) return { name: builders[name] ?? name, at: word }
    if (name === 'transparent-proxy' && words.some(({ text }) => baseName(text) === 'kumactl'))
      return { name: 'kumactl', at: word }
  }
  return undefined
}

/** What `ipset` is asked, behind its name, wrapped or not. */
export function setCommandOf(words: readonly ShellWord[]): readonly ShellWord[] | undefined {
  const at = programAt(words, (text) => baseName(text) === 'ipset')
  return at < 0 ? undefined : words.slice(at + 1)
}
