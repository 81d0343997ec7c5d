import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import t from 'tap'
import type { Engine } from '../../../harness/sandbox/engine/container-engine.ts'
import { readEnvoy } from '../../../harness/sandbox/envoy/image-envoy.ts'
import { engineWith } from '../engine.ts'
import { makeImage } from '../made-image.ts'

const engine = await engineWith([])
if (typeof engine === 'string') t.plan(0, engine)
else await testWith(engine)

async function testWith(engine: Engine): Promise<void> {
  const { dockerode } = engine.container

  const read = async (image: string): Promise<{ size: number; content: string }> => {
    let found = { size: 0, content: '' }
    await readEnvoy(image, async ({ size, content }) => {
      found = { size, content: await text(content) }
    })
    return found
  }
  /** The containers made of an image, running or not. */
  const containersOf = async (image: string) =>
    dockerode.listContainers({ all: true, filters: { ancestor: [image], label: ['sidetrack.program'] } })

  t.test('the one in /usr/local/bin is taken, whatever else the image has', async (t) => {
    const contents = { 'usr/local/bin/envoy': 'the program', 'opt/envoy': 'a script' }
    const image = await makeImage(t, engine, 'both', contents, ['ENV PATH=/opt', 'VOLUME /data'])
    t.same(await read(image), { size: 11, content: 'the program' })
    t.same(await containersOf(image), [], 'and its container is gone')
  })

  t.test('else the first one on its PATH; what is no program is passed over', async (t) => {
    const contents = {
      'usr/local/bin/envoy': { folder: true },
      'a/envoy': { text: 'notes', mode: 0o644 },
      'b/envoy': 'b',
      'c/envoy': 'c',
    } as const
    t.match(await read(await makeImage(t, engine, 'path', contents, ['ENV PATH=/none:/a:/b:/c'])), { content: 'b' })
    t.match(await read(await makeImage(t, engine, 'no-path', { 'usr/bin/envoy': 'standard' })), { content: 'standard' })
  })

  t.test('links are followed, but not for ever', async (t) => {
    const contents = {
      'opt/envoy-1': 'linked',
      'opt/current': { link: 'envoy-1' },
      'usr/local/bin/envoy': { link: '../../../opt/current' },
    }
    t.match(await read(await makeImage(t, engine, 'link', contents)), { content: 'linked' })
    const astray = {
      'usr/local/bin/envoy': { link: '/usr/bin/envoy' },
      'usr/bin/envoy': { link: '/usr/local/bin/envoy' },
    }
    await t.rejects(read(await makeImage(t, engine, 'round', astray)), {
      fault: 'machine',
      message: /does not tell about the files of/,
    })
    await t.rejects(
      read(await makeImage(t, engine, 'dangling', { 'usr/local/bin/envoy': { link: '/none' } })),
      /has no program/,
    )
  })

  t.test('an image without one says where it was looked for', async (t) => {
    const image = await makeImage(t, engine, 'none', { 'etc/hostname': '' })
    await t.rejects(read(image), {
      fault: 'input',
      message: `--envoy: the image '${image}' has no program 'envoy' in /usr/local/bin or on its PATH`,
      hint: /envoyproxy\/envoy/,
    })
    t.same(await containersOf(image), [])
    await t.rejects(read('localhost/no/such'), {
      fault: 'machine',
      message: /has no image 'localhost\/no\/such'/,
      hint: /docker pull/,
    })
  })

  t.test('nothing is left of the container when whoever reads it fails, its volumes neither', async (t) => {
    const image = await makeImage(t, engine, 'volume', { 'usr/local/bin/envoy': Buffer.alloc(5_000_000) }, [
      'VOLUME /data',
    ])
    let volume = ''
    const reading = readEnvoy(image, async () => {
      // Not by looking at the container itself, which the engine keeps locked until its archive has been read.
      const [made] = await containersOf(image)
      t.equal(made?.State, 'created', 'it has not been started')
      volume = made?.Mounts[0]?.Name ?? ''
      throw new Error('no room')
    })
    await t.rejects(reading, { fault: 'machine', message: /does not give \/usr\/local\/bin\/envoy of .*: no room$/ })
    t.same(await containersOf(image), [])
    t.not(volume, '')
    await t.rejects(dockerode.getVolume(volume).inspect(), /no such volume/i)
  })

  t.test('SIGKILL of the runner leaves no container', async (t) => {
    const image = await makeImage(t, engine, 'killed', { 'usr/local/bin/envoy': 'the program' })
    const runner = spawn(process.execPath, [`${import.meta.dirname}/../fixtures/envoy-reader.ts`, image], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(createInterface(runner.stdout), 'line')
    const [{ Id: id } = { Id: '' }] = await containersOf(image)
    const removed = dockerode.getContainer(id).wait({ condition: 'removed' })
    runner.kill('SIGKILL')
    await removed
    t.same(await containersOf(image), [])
  })
}
