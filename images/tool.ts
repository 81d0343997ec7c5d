import { globSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $, which } from 'zx'
import { toolImage } from '../harness/sandbox/engine/own-images.ts'

/** A folder with what the image of the tool holds beside its base, as Dockerfile wants it. */
export interface Packages extends AsyncDisposable {
  folder: string
  version: string
}

const isCheckout = import.meta.filename.endsWith('.ts')
/** Of the checkout, or of the installed package, whose compiled files are in a folder more. */
const root = join(import.meta.dirname, isCheckout ? '..' : '../..')

/**
 * Packs Sidetrack as npm does, and lays that beside the packages that it runs on: those of the lockfile, which a checkout
 * has already, or those that npm installs. They are for this machine's processor and C library, and none of them is asked
 * to run a script.
 * @throws Error with what npm says, or that there is no npm.
 */
export async function packageTool(): Promise<Packages> {
  if ((await which('npm', { nothrow: true })) === null) throw new Error("there is no 'npm'; install it, with Node")
  const folder = await mkdtemp(join(tmpdir(), 'sidetrack-image-'))
  try {
    // What is installed has been compiled: it has no script to do that by.
    const packing = ['--pack-destination', folder, ...(isCheckout ? [] : ['--ignore-scripts'])]
    await $({ quiet: true, cwd: root })`npm pack ${packing}`
    const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
    await (isCheckout ? copyPackages : installPackages)(folder, tarball)
    // Headers, for whoever compiles against Node: a third of its size.
    for (const headers of globSync(join(folder, 'node_modules/node-linux-*/include')))
      await rm(headers, { recursive: true })
    const version = tarball.replace(/^sidetrack-(.*)\.tgz$/, '$1')
    return { folder, version, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

async function copyPackages(folder: string, tarball: string): Promise<void> {
  const { packages }: Lockfile = JSON.parse(await readFile(join(root, 'node_modules/.package-lock.json'), 'utf8'))
  // Those inside others come with them.
  const wanted = Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => !dev && !devOptional && path.lastIndexOf('node_modules/') === 0)
    .map(([path]) => path)
  await $({ quiet: true, cwd: root })`cp -a --parents ${wanted} ${folder}`
  const own = join(folder, 'node_modules/sidetrack')
  await mkdir(own)
  await $({ quiet: true, cwd: folder })`tar -xzf ${tarball} --strip-components=1 -C ${own}`
}

async function installPackages(folder: string, tarball: string): Promise<void> {
  const options = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  await $({ quiet: true, cwd: folder })`npm install --prefix ${folder} ${options} ./${tarball}`
}

/** What npm has put there, as it notes it itself. */
interface Lockfile {
  packages: Readonly<Record<string, { dev?: boolean; devOptional?: boolean }>>
}

/** Builds the image of the tool. @param base what it is built on, with what says which one that was. */
export async function buildTool(
  { folder, version }: Packages,
  base: { image: string; name: string; digest: string },
): Promise<string> {
  const values = { BASE: base.image, BASE_NAME: base.name, BASE_DIGEST: base.digest, VERSION: version }
  const args = Object.entries(values).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`])
  const dockerfile = join(root, 'images/tool/Dockerfile')
  await $({ quiet: true })`docker build --network host ${args} --file ${dockerfile} --tag ${toolImage} ${folder}`
  return `${toolImage} holds Sidetrack ${version}`
}
