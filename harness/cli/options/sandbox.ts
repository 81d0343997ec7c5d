import { inputError } from '../../core/errors.ts'
import type { EnvoySource } from '../../sandbox/envoy/envoy-source.ts'
import { endAhead } from '../../sandbox/agent-process.ts'
import { imageOf } from '../../sandbox/engine/own-images.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { oneOf, type Option, optional, withDefault } from '../command/option.ts'

const kinds = ['namespaces', 'container'] as const
export type SandboxKind = (typeof kinds)[number]

/** What `npm run images` builds of Debian 12. */
export const standardImage = imageOf('bookworm')

/** The options that choose where pods live. */
export const sandboxOptions: { sandbox: Option<SandboxKind>; image: Option<string | undefined> } = {
  sandbox: withDefault('namespaces|container', 'namespaces', 'where pods live', oneOf(kinds)),
  image: optional(
    'NAME',
    `with --sandbox container, the image whose iptables applies the rules (default: ${standardImage})`,
    readImage,
  ),
}

export function readImage(text: string): string {
  if (/^[\w][\w.\-/:@]*$/.test(text)) return text
  throw new TypeError(`'${text}' is no image's name`)
}

/** Starts a sandbox while the command still reads its input. It ends with the command, however that ends. */
export async function startSandbox(choice: {
  sandbox: SandboxKind
  image?: string | undefined
  privileged?: boolean
  initImage?: string
  envoy?: EnvoySource | undefined
  /** Whether the machine's files may be written to in there; of namespaces only. */
  open?: boolean
}): Promise<AsyncDisposable & { ready: Promise<Sandbox> }> {
  if (choice.image !== undefined && choice.sandbox !== 'container') {
    throw inputError('--image', 'namespaces have no image', 'add --sandbox container')
  }
  const ready = create(choice)
  // Whoever awaits it gets the error; a command that fails earlier never does.
  ready.catch(() => {})
  return {
    ready,
    async [Symbol.asyncDispose]() {
      const sandbox = await ready.catch(() => undefined)
      await sandbox?.[Symbol.asyncDispose]()
    },
  }
}

async function create({
  sandbox,
  image = standardImage,
  privileged = false,
  initImage,
  envoy,
  open = false,
}: Parameters<typeof startSandbox>[0]): Promise<Sandbox> {
  if (sandbox === 'namespaces')
    return (await import('../../sandbox/namespaces.ts')).NamespaceSandbox.create({ envoy, open })
  endAhead()
  if (initImage !== undefined)
    return (await import('../../sandbox/container/init-image.ts')).InitImageSandbox.create(image, initImage, {
      privileged,
      envoy,
    })
  return (await import('../../sandbox/container/container.ts')).ContainerSandbox.create(image, { privileged, envoy })
}
