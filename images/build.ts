import { parseArgs } from 'node:util'
import { $, which } from 'zx'
import { imageOf, type Release, releases } from './releases.ts'

/**
 * `npm run images [-- RELEASE...]`: builds the images with iptables, all of them if none is named. A base comes from the
 * registry, pinned by its digest; where no registry can be reached it is made here of the same packages (mmdebstrap(1)).
 */
const docker = await which('docker', { nothrow: true })
/** Files of a base that is made here are no newer than this (https://reproducible-builds.org/specs/source-date-epoch). */
const sourceDateEpoch = process.env['SOURCE_DATE_EPOCH'] ?? '0'
$.env = { ...process.env, SOURCE_DATE_EPOCH: sourceDateEpoch }

const { positionals } = parseArgs({ allowPositionals: true })
const unknown = positionals.filter((name) => !Object.hasOwn(releases, name))
if (unknown.length > 0) end(2, `no image '${unknown.join(', ')}'; there are ${Object.keys(releases).join(', ')}`)
if (docker === null) end(3, "there is no 'docker'; install it, such as with: apt-get install -y docker.io")
const { exitCode, stderr } = await $({ nothrow: true, quiet: true })`docker version`
if (exitCode !== 0) end(3, `the container engine does not answer: ${stderr.trim()}`)

for (const release of (positionals.length > 0 ? positionals : Object.keys(releases)) as Release[]) {
  await build(release, await findBase(release))
  await verify(release)
}

/** @returns what the image of a release is built on. */
async function findBase(release: Release): Promise<string> {
  const image = `debian:${release}-slim`
  if ((await $({ nothrow: true, quiet: true })`docker pull --quiet ${image}`).exitCode === 0) {
    return (await $`docker image inspect --format ${'{{index .RepoDigests 0}}'} ${image}`).stdout.trim()
  }
  const base = `localhost/sidetrack/debian:${release}`
  if ((await $({ nothrow: true, quiet: true })`docker image inspect ${base}`).exitCode === 0) return base
  tell(`${image} cannot be pulled; making a base with mmdebstrap`)
  if ((await which('mmdebstrap', { nothrow: true })) === null) end(3, "there is no 'mmdebstrap'; install it: apt-get install -y mmdebstrap")
  await $({ quiet: true })`mmdebstrap --variant=minbase ${release} -`.pipe($({ quiet: true })`docker import - ${base}`)
  return base
}

/** On the host's network, which is there even where the engine has no bridge. */
async function build(release: Release, base: string): Promise<void> {
  const args = Object.entries({ BASE: base, RELEASE: release, IPTABLES: releases[release] }).flatMap(([name, value]) => [
    '--build-arg',
    `${name}=${value}`,
  ])
  await $({ quiet: true })`docker build --network host ${args} --tag ${imageOf(release)} ${import.meta.dirname}`
}

/** An image that does not hold the iptables it is there for is no use. */
async function verify(release: Release): Promise<void> {
  const expected = releases[release]
  for (const program of ['iptables-nft', 'iptables-legacy', 'ip6tables-nft', 'ip6tables-legacy']) {
    const { stdout } = await $({ quiet: true })`docker run --rm --network none --read-only ${imageOf(release)} ${program} --version`
    if (!stdout.includes(`v${expected} `)) end(1, `${imageOf(release)}: ${program} is ${stdout.trim()}, not ${expected}`)
  }
  tell(`${imageOf(release)} holds iptables ${expected}`)
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`)
}

function end(code: number, line: string): never {
  process.stderr.write(`images: ${line}\n`)
  process.exit(code)
}
