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
