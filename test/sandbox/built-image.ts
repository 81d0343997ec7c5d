import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { runtimeKey } from '../../harness/sandbox/container/container-contents.ts'
import type { Engine } from '../../harness/sandbox/engine/container-engine.ts'

/**
 * Has the engine build an image, without network; it goes with the test, and with it what was made of it. @returns its
 * name.
 */
export async function builtImage(
  t: Test,
  { container: { dockerode } }: Engine,
  name: string,
  dockerfile: string,
): Promise<string> {
  const image = `localhost/sidetrack/test:${name}-${process.pid}`
  const folder = t.testdir({})
  writeFileSync(join(folder, 'Dockerfile'), dockerfile)
  const context = Readable.from([execFileSync('tar', ['-c', '-C', folder, 'Dockerfile'])])
  const said = await text(await dockerode.buildImage(context, { t: image, networkmode: 'none' }))
  if (!said.includes('Successfully built')) throw new Error(said)
  const { Id } = await dockerode.getImage(image).inspect()
  t.teardown(async () => {
    await dockerode.getImage(`localhost/sidetrack/agent:${runtimeKey(Id)}`).remove()
    await dockerode.getImage(image).remove()
  })
  return image
}
