import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Backend } from '../../harness/flow/backend.ts'
import { piecesOf } from '../../harness/agent/rules/send-buffer.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'

const separator = '--- next ---'

/**
 * Loads rule texts one after the other with the real binaries, each into empty tables, in namespaces of their own.
 * @returns for each what iptables-save prints, without its remarks, or what iptables said against it.
 */
export function loadForReal(texts: readonly RuleText[], backend: Backend): string[] {
  const script = texts.map((text) => `${load(text, backend)}\necho '${separator}'`).join('\n')
  const parts = runEnclosed(
    `mount -t tmpfs none /run\nexport PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin\n${script}\n`,
  ).split(`${separator}\n`)
  if (parts.length !== texts.length + 1) throw new Error(`of ${texts.length} texts ${parts.length - 1} were loaded`)
  return parts.slice(0, -1)
}

/**
 * A script from a file. By standard input, one that is longer than the socket takes that Node gives a child for it
 * fails with EPIPE wherever its shell, or what starts that, ends before it has read it all, and nobody learns why that
 * ended.
 * @throws Error with what was said last.
 */
export function runEnclosed(script: string): string {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-auto', '--map-root-user']
  const folder = mkdtempSync(join(tmpdir(), 'sidetrack-real-'))
  try {
    const file = join(folder, 'script')
    writeFileSync(file, script)
    const { status, signal, error, stdout, stderr } = spawnSync('unshare', [...user, '--net', '--mount', 'sh', file], {
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    if (status !== 0)
      throw new Error(
        `unshare or its shell has ended (${error?.message ?? signal ?? `exit code ${status}`}): ${stderr}`,
      )
    return stdout
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * A payload as whoever runs the tests may send it: what is too long for an ordinary user's send buffer has a COMMIT
 * more often.
 */
export function fitting(payload: string): string {
  return process.getuid?.() === 0 || payload.length < 20_000 ? payload : piecesOf(payload, 0).join('\n')
}

/** Each text in a network namespace that ends with it. */
function load(text: RuleText, backend: Backend): string {
  const name = `${text.family === 'ipv4' ? 'iptables' : 'ip6tables'}-${backend}`
  const apply =
    text.form === 'restore'
      ? `${name}-restore --noflush <<'PAYLOAD'\n${fitting(text.payload)}PAYLOAD`
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
  const programs = ['iptables', 'ip6tables'].map((name) => `${name}-${backend}`)
  const empty = programs.map((name) => `${name} -F; ${name} -X; ${name} -P OUTPUT ACCEPT; ${name} -N C`).join('; ')
  const script = texts.map((text) => `${ask(text, backend, empty)} 2>&1 >/dev/null\necho "${separator} $?"`).join('\n')
  const output = runEnclosed(`mount -t tmpfs none /run\nexport PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin\n${script}\n`)
  const parts = output.split(new RegExp(`${separator} (\\d+)\\n`))
  return texts.map((_, index) => ({ accepted: parts[index * 2 + 1] === '0', words: parts[index * 2]?.trim() ?? '' }))
}

/**
 * A payload is given without `--noflush`, which empties its tables; commands find an empty table filter with a chain C.
 */
function ask(text: RuleText, backend: Backend, empty: string): string {
  const name = `${text.family === 'ipv4' ? 'iptables' : 'ip6tables'}-${backend}`
  if (text.form === 'restore') return `{ ${name}-restore <<'PAYLOAD'\n${text.payload}PAYLOAD\n}`
  return `{ { ${empty}; } >/dev/null 2>&1; ${text.commands.map(({ argv }) => [name, ...argv].map(quote).join(' ')).join(' && ')}; }`
}
