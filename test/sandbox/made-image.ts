import { text } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { pack } from 'tar-stream'
import type { Test } from 'tap'
import type { Engine } from '../../harness/sandbox/engine/container-engine.ts'

/** What an image has in it by path: an executable file's text or bytes, or more of it. */
export type Contents = Readonly<
  Record<string, string | Buffer | { link: string } | { folder: true } | { text: string; mode: number }>
>

/**
 * Makes an image of these files alone, which goes with the test. @param changes lines of a Dockerfile. @returns its
 * name.
 */
export async function makeImage(
  t: Test,
  engine: Engine,
  tag: string,
  contents: Contents,
  changes: readonly string[] = [],
): Promise<string> {
  const archive = pack()
  for (const [name, content] of Object.entries(contents)) {
    if (typeof content === 'string' || Buffer.isBuffer(content)) archive.entry({ name, mode: 0o755 }, content)
    else if ('link' in content) archive.entry({ name, type: 'symlink', linkname: content.link })
    else if ('folder' in content) archive.entry({ name, type: 'directory', mode: 0o755 })
    else archive.entry({ name, mode: content.mode }, content.text)
  }
  archive.finalize()
  const { dockerode } = engine.container
  const [repo, ownTag] = ['localhost/sidetrack/test', `${tag}-${process.pid}`]
  await text(
    await dockerode.importImage(Readable.from(archive), {
      repo,
      tag: ownTag,
      ...(changes.length > 0 && { changes: changes.join('\n') }),
    }),
  )
  t.teardown(() => dockerode.getImage(`${repo}:${ownTag}`).remove())
  return `${repo}:${ownTag}`
}
