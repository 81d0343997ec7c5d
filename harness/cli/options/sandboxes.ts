import { HarnessError, inputError } from '../../core/errors.ts'
import type { Backend } from '../../flow/backend.ts'
import type { Place } from '../../run/checks/options.ts'
import type { EnvoySource } from '../../sandbox/envoy/envoy-source.ts'
import { buildCommand, imageNamed, imageOf, ownReleases, shortNameOf } from '../../sandbox/engine/own-images.ts'
import { flag, type Option, optional, repeatable } from '../command/option.ts'
import { readImage, type SandboxKind, sandboxOptions, standardImage, startSandbox } from './sandbox.ts'

/** The options that choose where pods live for a command that can do the same in several places. */
export const sandboxesOptions: {
  sandbox: Option<SandboxKind>
  image: Option<string[]>
  privileged: Option<boolean>
  'init-image': Option<string | undefined>
} = {
  sandbox: sandboxOptions.sandbox,
  image: repeatable(
    'NAME[,NAME...]|all',
    `with --sandbox container, the images whose iptables applies the rules: ${Object.keys(ownReleases).join(', ')}, or any other's name; all takes those that are built (default: bookworm)`,
    readImages,
  ) as Option<string[]>,
  privileged: flag('has containers run with every privilege; capabilities are enough without'),
  'init-image': optional(
    'NAME',
    "with --sandbox container, the image of the mesh's init container, which applies the rules as in Kubernetes: one container a pod",
    readImage,
  ),
}

/** Sandboxes that may still be starting; they end with the command. */
export interface Sandboxes extends AsyncDisposable {
  /** The places for a run. */
  where: readonly Place[]
  /** What the user should know, a line each. */
  notices: readonly string[]
  /**
   * @returns those of these backends that there are: an init image has one. @throws HarnessError (`input`) if that
   * leaves none.
   */
  backends(chosen: readonly Backend[]): Promise<readonly Backend[]>
}

interface Choice {
  sandbox: SandboxKind
  image: readonly string[]
  privileged: boolean
  'init-image': string | undefined
  envoy: EnvoySource | undefined
}

/**
 * Starts them all at once.
 * @throws HarnessError (`input`) if namespaces should have an image; (`machine`) if there is no engine to ask for
 * `all`.
 */
export async function startSandboxes(choice: Choice): Promise<Sandboxes> {
  if (choice.sandbox !== 'container') return startOne(choice)
  if (choice['init-image'] !== undefined) return startInitImage(choice, choice['init-image'])
  const { images, notices } = await chooseImages(choice.image)
  const started = await Promise.all(images.map((image) => startSandbox({ ...choice, image })))
  return {
    notices,
    backends: asChosen,
    where: images.map((image, index) => ({
      image: shortNameOf(image),
      sandbox: (started[index] as (typeof started)[0]).ready,
    })),
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map((sandbox) => sandbox[Symbol.asyncDispose]()))
    },
  }
}

async function startOne({ sandbox, image, privileged, 'init-image': initImage, envoy }: Choice): Promise<Sandboxes> {
  if (privileged) throw inputError('--privileged', 'namespaces take no privilege', 'add --sandbox container')
  if (initImage !== undefined)
    throw inputError('--init-image', 'namespaces have no init container', 'add --sandbox container')
  const started = await startSandbox({ sandbox, image: image[0], privileged, envoy })
  return {
    where: [{ sandbox: started.ready }],
    notices: [],
    backends: asChosen,
    [Symbol.asyncDispose]: async () => started[Symbol.asyncDispose](),
  }
}

const asChosen = async (chosen: readonly Backend[]): Promise<readonly Backend[]> => chosen

/** The image in the ids of checks is that whose iptables applies the rules, which has one backend. */
async function startInitImage({ image, privileged, envoy }: Choice, initImage: string): Promise<Sandboxes> {
  const { images } = await chooseImages(image)
  const [own, second] = images
  if (second !== undefined) throw inputError('--image', '--init-image takes one image for its pods', 'name one of them')
  const name = imageNamed(initImage)
  const started = await startSandbox({ sandbox: 'container', image: own, privileged, initImage: name, envoy })
  return {
    notices: [],
    where: [{ image: shortNameOf(name), sandbox: started.ready, initContainers: true }],
    async backends(chosen) {
      const { iptables } = (await started.ready).info
      const own = chosen.filter((backend) => iptables[backend] !== undefined)
      if (own.length > 0) return own
      throw inputError(
        '--iptables',
        `the init image '${name}' has iptables-${Object.keys(iptables).join()} alone`,
        'leave --iptables out',
      )
    },
    [Symbol.asyncDispose]: async () => started[Symbol.asyncDispose](),
  }
}

/** @param texts each a name, or several with commas between. */
async function chooseImages(
  texts: readonly string[],
): Promise<{ images: readonly string[]; notices: readonly string[] }> {
  const names = texts.flatMap((text) => text.split(','))
  const named = new Set(names.filter((name) => name !== 'all').map(imageNamed))
  if (!names.includes('all')) return { images: named.size === 0 ? [standardImage] : [...named], notices: [] }
  const { ownImagesBuilt } = await import('../../sandbox/container/container.ts')
  const built = await ownImagesBuilt()
  const missing = Object.keys(ownReleases).filter((release) => !built.includes(release))
  if (built.length === 0)
    throw new HarnessError('machine', 'the container engine has none of the images', {
      hint: `build them with: ${buildCommand}`,
    })
  return {
    images: [...new Set([...built.map(imageOf), ...named])],
    notices:
      missing.length === 0
        ? []
        : [
            `left out, not built: ${missing.join(', ')}; build with: ${buildCommand}${buildCommand.startsWith('npm') ? ' --' : ''} ${missing.join(' ')}`,
          ],
  }
}

function readImages(text: string): string {
  for (const name of text.split(',')) readImage(name)
  return text
}
