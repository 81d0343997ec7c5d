// Plain JavaScript: the set-up runs this with whatever Node is there, before anything is installed.
import { statSync } from 'node:fs'
import { spawnEnclosed } from './enclose.js'
import { findTool, systemEnvironment } from './requirements.js'

/**
 * @typedef {import('./capabilities.js').Finding} Finding
 * @typedef {import('./capabilities.js').Backend} Backend
 * @typedef {'ipv4' | 'ipv6'} Family
 */

/** What an identity's process may do beside being that identity, as in agent/start-worker.ts. */
const capabilities = '+sys_admin,+dac_read_search'

/**
 * What the sandbox's first process does, and what it starts. Each step is told by its name and what it said if it
 * failed. The proxy of OSM stands for all identities; the rule is of those that are in every ruleset.
 */
const script = `
attempt() {
  name=$1
  shift
  if said=$("$@" 2>&1); then echo "can $name"; else echo "cannot $name: $(echo "$said" | head -n 1)"; fi
}
load() {
  printf '%s\\n' '*nat' '-A OUTPUT -p tcp -m owner --uid-owner 1500 -j REDIRECT --to-ports 15001' COMMIT | "$1-restore"
}
echo 'can start'
attempt mount mount -t tmpfs sidetrack /run
attempt become setpriv --reuid 1500 --regid 0 --clear-groups --inh-caps ${capabilities} --ambient-caps ${capabilities} -- true
for program in "$@"; do attempt "$program" load "$program"; done
`

/**
 * Starts a sandbox, a process for an identity, and loads a rule on each backend and family, and takes it all down
 * again.
 * @param {readonly Backend[]} backends
 * @param {readonly Family[]} families
 * @returns {Promise<Finding[]>} what did not come off
 */
export async function tryOut(backends, families) {
  const programs = backends.flatMap((backend) =>
    families.map((family) => ({ backend, name: `${family === 'ipv4' ? 'iptables' : 'ip6tables'}-${backend}` })),
  )
  const said = await runEnclosed(['sh', '-c', script, 'sh', ...programs.map(({ name }) => name)])
  const failed = new Map(
    [...said.output.matchAll(/^cannot ([\w-]+): (.*)$/gm)].map(([, name = '', why = '']) => [name, why]),
  )
  if (!said.output.startsWith('can start\n')) return [explainStart(said.complaint)]
  const [mounting, becoming] = [failed.get('mount'), failed.get('become')]
  if (mounting !== undefined)
    return [{ what: 'a sandbox', problem: `cannot mount a file system of its own: ${mounting}` }]
  if (becoming !== undefined)
    return [{ what: 'a process of UID 1500', problem: `does not start in a sandbox: ${becoming}` }]
  return programs
    .filter(({ name }) => failed.has(name))
    .map(({ name, backend }) => explainLoad(name, backend, failed.get(name) ?? ''))
}

/**
 * @param {readonly string[]} words
 * @returns {Promise<{ output: string, complaint: string }>}
 */
function runEnclosed(words) {
  return new Promise((resolve) => {
    const child = spawnEnclosed(words, { env: systemEnvironment() })
    const said = { output: '', complaint: '' }
    child.stdout.setEncoding('utf8').on('data', (text) => (said.output += text))
    child.stderr.setEncoding('utf8').on('data', (text) => (said.complaint += text))
    child.stdin.on('error', () => {})
    child.on('error', ({ message }) => resolve({ ...said, complaint: message }))
    child.on('close', () => resolve(said))
  })
}

/**
 * @param {string} complaint
 * @returns {Finding}
 */
function explainStart(complaint) {
  const [line = ''] = complaint.split('\n').filter((text) => text.trim() !== '')
  const problem = `does not start: ${line || 'it said nothing'}`
  const bare = ['newuidmap', 'newgidmap']
    .flatMap((tool) => findTool(tool) ?? [])
    .filter((file) => (statSync(file).mode & 0o4000) === 0)
  if (/new[ug]idmap/.test(complaint) && bare.length > 0)
    return {
      what: bare.join(', '),
      problem: `may not map IDs, for lack of the set-user-ID bit (${line})`,
      command: `chmod u+s ${bare.join(' ')}`,
    }
  if (/unshare failed: No space left/.test(complaint))
    return {
      what: 'a sandbox',
      problem,
      hint: 'no more namespaces are allowed here: raise the sysctls user.max_*_namespaces',
    }
  if (/Operation not permitted|Permission denied/.test(complaint)) {
    const hint =
      'in a container, start that with --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined'
    return { what: 'a sandbox', problem, hint }
  }
  return { what: 'a sandbox', problem }
}

/**
 * @param {string} program
 * @param {Backend} backend
 * @param {string} why
 * @returns {Finding}
 */
function explainLoad(program, backend, why) {
  const finding = { what: program, problem: `cannot load a rule: ${why}`, backend }
  if (!/Table does not exist|does your kernel support|No such file|insmod|modprobe/i.test(why)) return finding
  const [ip, nat] = program.startsWith('ip6') ? ['ip6_tables', 'ip6table_nat'] : ['ip_tables', 'iptable_nat']
  const modules =
    backend === 'legacy'
      ? `${ip} ${nat} xt_owner xt_REDIRECT`
      : 'nf_tables nft_compat nft_chain_nat xt_owner xt_REDIRECT'
  return { ...finding, command: `modprobe -a ${modules}` }
}
