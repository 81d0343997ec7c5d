import { HarnessError, inputError } from '../core/errors.ts'
import type { ContainerChoice } from '../run/options.ts'
import { imageOf, ownReleases, shortNameOf } from '../sandbox/own-images.ts'
import { flag, type Option, repeatable } from './option.ts'
import { readImage, type SandboxKind, sandboxOptions, standardImage, startSandbox } from './sandbox.ts'

/** The options that choose where pods live for a command that can do the same in several places. */
export const sandboxesOptions: { sandbox: Option<SandboxKind>; image: Option<string[]>; privileged: Option<boolean> } = {
  sandbox: sandboxOptions.sandbox,
  image: repeatable(
    'NAME[,NAME...]|all',
    `with --sandbox container, the images whose iptables applies the rules: ${Object.keys(ownReleases).join(', ')}, or any other's name; all takes those that are built (default: bookworm)`,
    readImages,
  ) as Option<string[]>,
  privileged: flag('has containers run with every privilege; capabilities are enough without'),
}

/** Sandboxes on their way up; they go with the command. */
export interface Sandboxes extends AsyncDisposable {
  /** What to tell a run. */
  options: Awaited<ReturnType<typeof startOne>>['options'] | { containers: readonly ContainerChoice[] }
  /** What the user should know, a line each. */
  notices: readonly string[]
}

interface Choice {
  sandbox: SandboxKind
  image: readonly string[]
  privileged: boolean
}

/**
 * Starts them all at once.
 * @throws HarnessError (`input`) if namespaces should have an image; (`machine`) if there is no engine to ask for `all`.
 */
export async function startSandboxes(choice: Choice): Promise<Sandboxes> {
  if (choice.sandbox !== 'container') return startOne(choice)
  const { images, notices } = await chooseImages(choice.image.flatMap((text) => text.split(',')))
  const started = await Promise.all(images.map((image) => startSandbox({ sandbox: 'container', image, privileged: choice.privileged })))
  return {
    notices,
    options: {
      containers: images.map((image, index) => ({ image: shortNameOf(image), sandbox: (started[index] as (typeof started)[0]).ready })),
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map((sandbox) => sandbox[Symbol.asyncDispose]()))
    },
  }
}

async function startOne({ sandbox, image, privileged }: Choice) {
  if (privileged) throw inputError('--privileged', 'namespaces take no privilege', 'add --sandbox container')
  const started = await startSandbox({ sandbox, image: image[0], privileged })
  return { options: { sandbox: started.ready }, notices: [], [Symbol.asyncDispose]: () => started[Symbol.asyncDispose]() }
}

async function chooseImages(names: readonly string[]): Promise<{ images: readonly string[]; notices: readonly string[] }> {
  const named = new Set(names.filter((name) => name !== 'all').map((name) => (Object.hasOwn(ownReleases, name) ? imageOf(name) : name)))
  if (!names.includes('all')) return { images: named.size === 0 ? [standardImage] : [...named], notices: [] }
  const { ownImagesBuilt } = await import('../sandbox/container.ts')
  const built = await ownImagesBuilt()
  const missing = Object.keys(ownReleases).filter((release) => !built.includes(release))
  if (built.length === 0)
    throw new HarnessError('machine', 'the container engine has none of the images', { hint: 'build them with: npm run images' })
  return {
    images: [...new Set([...built.map(imageOf), ...named])],
    notices: missing.length === 0 ? [] : [`left out, not built: ${missing.join(', ')}; build with: npm run images -- ${missing.join(' ')}`],
  }
}

function readImages(text: string): string {
  for (const name of text.split(',')) readImage(name)
  return text
}
