import { PassThrough, type Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import type { Backend } from '../../harness/flow/backend.ts'
import { attach } from '../../harness/sandbox/engine/attach.ts'
import type { Engine } from '../../harness/sandbox/engine/container-engine.ts'
import { imageOf } from '../../harness/sandbox/engine/own-images.ts'

const programs = ['iptables', 'iptables-restore', 'iptables-save', 'ip6tables', 'ip6tables-restore', 'ip6tables-save']

/**
 * What an image with nothing but a shell and iptables is made of, as an archive: files of Debian 12, and nobody's
 * packages.
 */
const script = (backend: Backend, folders: string, program: string): string => `
mkdir -p ${folders}
set -- $(ldd /bin/sh /usr/sbin/xtables-nft-multi /usr/sbin/xtables-legacy-multi | grep -o '/[^ :]*' | sort -u)
cp -rL --parents "$@" /usr/lib/*/xtables /t
for name in ${programs.join(' ')}; do ln -s xtables-${backend}-multi "/t/usr/sbin/$name"; done
cat >/t/init <<'END OF PROGRAM'
${program}
END OF PROGRAM
chmod 755 /t/init
tar -c -C /t .`

/**
 * Makes an image like a mesh's init image: iptables of one backend, and a shell.
 * @param withoutRun leaves out /run, where iptables-legacy has its lock: it fails there. @param program a shell script
 * that it starts with.
 * @returns its name; it goes with the test.
 */
export async function makeInitImage(
  { container: { dockerode } }: Engine,
  t: Test,
  backend: Backend,
  { withoutRun = false, program = '' } = {},
): Promise<string> {
  const [repo, tag] = ['localhost/sidetrack/test', `init-${backend}${program === '' ? '' : '-own'}-${process.pid}`]
  const folders = withoutRun ? '/t/usr/sbin' : '/t/run /t/usr/sbin'
  const maker = await dockerode.createContainer({
    Image: imageOf('bookworm'),
    Cmd: ['sh', '-c', script(backend, folders, program)],
    AttachStdout: true,
    HostConfig: { NetworkMode: 'none' },
  })
  try {
    const archive = new PassThrough()
    const channel = await attach({ container: { dockerode } } as Engine, maker.id)
    dockerode.modem.demuxStream(channel, archive, process.stderr)
    channel.once('close', () => archive.end())
    await maker.start()
    await text(
      (await dockerode.importImage(archive, {
        repo,
        tag,
        ...(program !== '' && { changes: 'ENTRYPOINT ["/init"]' }),
      })) as Readable,
    )
  } finally {
    await maker.remove({ force: true })
  }
  const image = `${repo}:${tag}`
  t.teardown(() => dockerode.getImage(image).remove({ force: true }))
  return image
}
