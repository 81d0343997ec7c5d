import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pLimit from 'p-limit'
import { $, which } from 'zx'
import { imageOf, ownReleases, type Release, toolName, toolRelease } from '../harness/sandbox/engine/own-images.ts'
import { buildTool, packageTool } from './tool.ts'

/**
 * `npm run images [-- RELEASE...]`, or `sidetrack images` of an installed package: builds the images with iptables, all
 * of them if none is named; `tool` is the one that holds Sidetrack. A base comes from the registry, pinned by its
 * digest; where no registry can be reached it is made here of the same packages (mmdebstrap(1)).
 */
const docker = await which('docker', { nothrow: true })
/**
 * Files of a base that is made here are no newer than this (https://reproducible-builds.org/specs/source-date-epoch).
 */
const sourceDateEpoch = process.env['SOURCE_DATE_EPOCH'] ?? '0'
$.env = { ...process.env, SOURCE_DATE_EPOCH: sourceDateEpoch }

/**
 * Who signs a distribution's packages, and where they are, for a base that is made here; mmdebstrap makes none of
 * Alpine.
 */
const archives: Readonly<Record<string, { keyring: string; mirror: string }>> = {
  debian: { keyring: '/usr/share/keyrings/debian-archive-keyring.gpg', mirror: 'http://deb.debian.org/debian' },
  ubuntu: { keyring: '/usr/share/keyrings/ubuntu-archive-keyring.gpg', mirror: 'http://archive.ubuntu.com/ubuntu' },
}

/** Where the Dockerfile is: here, or for a package's compiled file beside what was compiled. */
const context = join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? '.' : '../../images')

/** As in the registry's slim images: nobody reads in them. */
const unread = ['man', 'doc', 'locale'].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`)
/** Without it mmdebstrap has Debian 12 move its folders together itself, for which that takes 50 MB of Perl. */
const mergedHook = '/usr/share/mmdebstrap/hooks/maybe-merged-usr'

/** What an image is built on: its name, and what says exactly which one that was. */
interface Base {
  image: string
  name: string
  digest: string
}

const { positionals } = parseArgs({ allowPositionals: true })
const names = [...Object.keys(ownReleases), toolName]
const unknown = positionals.filter((name) => !names.includes(name))
if (unknown.length > 0) end(2, `no image '${unknown.join(', ')}'; there are ${names.join(', ')}`)
if (docker === null) end(3, "there is no 'docker'; install it, such as with: apt-get install -y docker.io")
const { exitCode, stderr } = await $({ nothrow: true, quiet: true })`docker version`
if (exitCode !== 0) end(3, `the container engine does not answer: ${stderr.trim()}`)

/** Why there is no image, and what the program ends with for it. */
class Failure extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

const limit = pLimit(availableParallelism())
const chosen = Object.entries(ownReleases).filter(([name]) => positionals.length === 0 || positionals.includes(name))
// One that fails leaves the others to come to their end: what they have begun is theirs to remove.
const making = chosen.map(([name, release]) => limit(make, name, release))
const results = await Promise.allSettled([...making, ...(positionals.includes(toolName) ? [makeTool(making)] : [])])
const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
for (const failure of failures)
  process.stderr.write(`images: ${failure instanceof Error ? failure.message : failure}\n`)
process.exitCode = Math.max(0, ...failures.map((failure) => (failure instanceof Failure ? failure.code : 1)))

async function make(name: string, release: Release): Promise<void> {
  const base = await findBase(name, release)
  if (base === undefined) return
  await build(name, release, base)
  await verify(name, release)
}

/** @param others what may be making its base. */
async function makeTool(others: readonly Promise<void>[]): Promise<void> {
  await using packages = await packageTool()
  await Promise.allSettled(others)
  const release = ownReleases[toolRelease]
  const base = release && (await findBase(toolRelease, release))
  if (base !== undefined) tell(await buildTool(packages, base))
}

/**
 * @returns what the image of a release is built on; undefined, which has been told, if there is no such base to be had.
 */
async function findBase(name: string, { base }: Release): Promise<Base | undefined> {
  const [image = '', digest = ''] = base.split('@')
  if ((await $({ nothrow: true, quiet: true })`docker pull --quiet ${base}`).exitCode === 0)
    return { image: base, name: `docker.io/library/${image}`, digest }
  const distribution = distributionOf(image)
  const archive = archives[distribution]
  if (archive === undefined)
    return leaveOut(name, `${image} cannot be pulled, and a base is made here of Debian and Ubuntu alone`)
  const { keyring, mirror } = archive
  const local = `localhost/sidetrack/${distribution}:${name}`
  if ((await $({ nothrow: true, quiet: true })`docker image inspect ${local}`).exitCode !== 0) {
    const lack = await whyNotMade(keyring)
    if (lack !== undefined) return leaveOut(name, `${image} cannot be pulled, and ${lack}`)
    tell(`${image} cannot be pulled; making a base with mmdebstrap`)
    const options = [...unread, ...(existsSync(mergedHook) ? [`--hook-dir=${mergedHook}`] : [])]
    const packages = $({
      quiet: true,
    })`mmdebstrap --variant=minbase --keyring=${keyring} ${options} ${name} - ${mirror}`
    await packages.pipe($({ quiet: true })`docker import - ${local}`)
  }
  return {
    image: local,
    name: mirror,
    digest: (await $`docker image inspect --format ${'{{index .RootFS.Layers 0}}'} ${local}`).stdout.trim(),
  }
}

function distributionOf(base: string): string {
  return base.slice(0, base.indexOf(':'))
}

/** A release that was asked for by its name is not left out quietly. */
function leaveOut(name: string, why: string): undefined {
  if (positionals.length > 0) throw new Failure(3, why)
  return tell(`${name} is left out: ${why}`)
}

async function whyNotMade(keyring: string): Promise<string | undefined> {
  if ((await which('mmdebstrap', { nothrow: true })) === null)
    return "there is no 'mmdebstrap'; install it: apt-get install -y mmdebstrap"
  return existsSync(keyring) ? undefined : `${keyring}, without which its packages cannot be trusted, is not there`
}

/** On the host's network, which is there even where the engine has no bridge. */
async function build(name: string, { base: image, iptables }: Release, base: Base): Promise<void> {
  const values = {
    BASE: base.image,
    BASE_NAME: base.name,
    BASE_DIGEST: base.digest,
    RELEASE: `${distributionOf(image)}:${name}`,
    IPTABLES: iptables,
  }
  const args = Object.entries(values).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`])
  await $({ quiet: true })`docker build --network host ${args} --tag ${imageOf(name)} ${context}`
}

/** An image that does not hold the iptables it is there for is no use. */
async function verify(name: string, { iptables }: Release): Promise<void> {
  for (const program of ['iptables-nft', 'iptables-legacy', 'ip6tables-nft', 'ip6tables-legacy']) {
    const { stdout } = await $({
      quiet: true,
    })`docker run --rm --network none --read-only ${imageOf(name)} ${program} --version`
    if (!stdout.includes(`v${iptables} `))
      throw new Failure(1, `${imageOf(name)}: ${program} is ${stdout.trim()}, not ${iptables}`)
  }
  tell(`${imageOf(name)} holds iptables ${iptables}`)
}

function tell(line: string): undefined {
  process.stdout.write(`${line}\n`)
}

function end(code: number, line: string): never {
  process.stderr.write(`images: ${line}\n`)
  process.exit(code)
}
