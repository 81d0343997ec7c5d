import { execFileSync } from 'node:child_process'
import type { Backend } from '../../harness/flow/backend.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'

const separator = '--- next ---'

/**
 * Loads rule texts one after the other with the real binaries, each into empty tables, in namespaces of their own.
 * @returns for each what iptables-save prints, without its remarks, or what iptables said against it.
 */
export function loadForReal(texts: readonly RuleText[], backend: Backend): string[] {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-auto', '--map-root-user']
  const script = texts.map((text) => `${load(text, backend)}\necho '${separator}'`).join('\n')
  const output = execFileSync('unshare', [...user, '--net', '--mount', 'sh', '-s'], {
    input: `mount -t tmpfs none /run\nexport PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin\n${script}\n`,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  return output.split(`${separator}\n`).slice(0, -1)
}

/** Each text in a network namespace that ends with it. */
function load(text: RuleText, backend: Backend): string {
  const name = `${text.family === 'ipv4' ? 'iptables' : 'ip6tables'}-${backend}`
  const apply =
    text.form === 'restore'
      ? `${name}-restore --noflush <<'PAYLOAD'\n${text.payload}PAYLOAD`
      : text.commands.map(({ argv }) => [name, ...argv].map(quote).join(' ')).join(' &&\n')
  const inner = `{ ${apply}\n} 2>&1 && ${name}-save | grep -v '^#'`
  return `unshare --net sh <<'INNER'\n${inner}\nINNER`
}

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

/** What a program said of a text: whether it loaded it, and its words if not. */
export interface Said {
  accepted: boolean
  words: string
}

/** Asks the real binaries of rule texts one after the other, in one namespace whose tables are emptied before each. */
export function askForReal(texts: readonly RuleText[], backend: Backend): Said[] {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-auto', '--map-root-user']
  const programs = ['iptables', 'ip6tables'].map((name) => `${name}-${backend}`)
  const empty = programs.map((name) => `${name} -F; ${name} -X; ${name} -P OUTPUT ACCEPT; ${name} -N C`).join('; ')
  const script = texts.map((text) => `${ask(text, backend, empty)} 2>&1 >/dev/null\necho "${separator} $?"`).join('\n')
  const output = execFileSync('unshare', [...user, '--net', '--mount', 'sh', '-s'], {
    input: `mount -t tmpfs none /run\nexport PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin\n${script}\n`,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const parts = output.split(new RegExp(`${separator} (\\d+)\\n`))
  return texts.map((_, index) => ({ accepted: parts[index * 2 + 1] === '0', words: parts[index * 2]?.trim() ?? '' }))
}

/** A payload is given without `--noflush`, which empties its tables; commands find an empty table filter with a chain C. */
function ask(text: RuleText, backend: Backend, empty: string): string {
  const name = `${text.family === 'ipv4' ? 'iptables' : 'ip6tables'}-${backend}`
  if (text.form === 'restore') return `{ ${name}-restore <<'PAYLOAD'\n${text.payload}PAYLOAD\n}`
  return `{ { ${empty}; } >/dev/null 2>&1; ${text.commands.map(({ argv }) => [name, ...argv].map(quote).join(' ')).join(' && ')}; }`
}
