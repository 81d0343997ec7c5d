import { access, constants, stat } from 'node:fs/promises'
import { asHarnessError, HarnessError, inputError } from '../../core/errors.ts'
import type { EnvoyChoice } from '../../run/checks/options.ts'
import { type EnvoySource, envoyInside } from '../../sandbox/envoy/envoy-source.ts'
import { fromCaller } from '../command/caller.ts'
import { readImage, type SandboxKind } from './sandbox.ts'

const imagePrefix = 'image:'

export interface Envoy {
  source: EnvoySource
  choice: EnvoyChoice
}

/**
 * Finds the program that runs in the stub's place. It is a file if the text begins with a dot or a slash, or if a file
 * of that name exists; otherwise an image. Whether it is Envoy is checked later, in the sandbox.
 * @throws HarnessError (`input`) if it is neither; (`machine`) if there is no engine, or it does not have the image.
 */
export async function readEnvoy(text: string, sandbox: SandboxKind): Promise<Envoy> {
  const source = text.startsWith(imagePrefix) ? imageNamed(text.slice(imagePrefix.length)) : await fileOrImage(text)
  const name = 'image' in source ? `the envoy of '${source.image}'` : source.path
  return {
    source: 'image' in source ? await available(source, text) : source,
    choice: { name, path: envoyInside(source, sandbox) },
  }
}

async function fileOrImage(text: string): Promise<EnvoySource> {
  const path = fromCaller(text)
  const file = await stat(path).catch(() => undefined)
  if (file === undefined) {
    if (!/^\.{0,2}\//.test(text)) return imageNamed(text)
    throw inputError('--envoy', `there is no ${path}`, 'name the Envoy program, such as /usr/local/bin/envoy')
  }
  const isProgram =
    file.isFile() &&
    (await access(path, constants.X_OK).then(
      () => true,
      () => false,
    ))
  if (!isProgram) throw inputError('--envoy', `${path} is not a program`, `chmod +x it, if it is Envoy`)
  return { path }
}

function imageNamed(text: string): EnvoySource {
  try {
    return { image: readImage(text) }
  } catch (error) {
    throw inputError('--envoy', (error as Error).message, 'name a file or an image, such as envoyproxy/envoy:v1.40.0')
  }
}

async function available(source: { image: string }, text: string): Promise<EnvoySource> {
  try {
    await (await import('../../sandbox/envoy/image-envoy.ts')).requireImage(source.image)
    return source
  } catch (thrown) {
    const error = asHarnessError(thrown)
    const noFile = text.startsWith(imagePrefix) ? '' : `there is no file '${text}', and as an image: `
    throw new HarnessError(error.fault, `--envoy: ${noFile}${error.message}`, {
      cause: error,
      ...(error.hint && { hint: error.hint }),
    })
  }
}
