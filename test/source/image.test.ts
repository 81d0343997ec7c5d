import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { HarnessError } from '../../harness/core/errors.ts'
import { type EngineContainer, reachEngine } from '../../harness/sandbox/engine/container-engine.ts'
import { hasImage } from '../../harness/sandbox/engine/container-image.ts'
import { imageSource } from '../../harness/source/kinds/image.ts'
import { parseSource } from '../../harness/source/parse.ts'
import { imageFiles, plainFileIn } from '../../harness/sandbox/engine/image-files.ts'
import { sidetrack } from '../cli/command-line.ts'
import { descendants } from '../sandbox/processes.ts'
import { makeImage } from '../sandbox/made-image.ts'
import { request } from './request.ts'

const image = 'localhost/sidetrack/iptables:bookworm'
const engine = await reachEngine().catch((error: HarnessError) => error)

const gone = { message: /no such container/i }

/** A shell's script as the builder in the image, which says on standard error what is to be looked at. */
const script = (text: string): string => `image:${image} sh -c '${text}'`

t.test('a call that names no image is refused', async (t) => {
  t.throws(() => parseSource('image:', '/'), { fault: 'input', message: /names no image/ })
  t.throws(() => parseSource('image:x | y', '/'), { fault: 'input', message: /no shell runs/ })
})

t.test('a plain file is taken out of an archive', async (t) => {
  const entry = (type: string, content: string): Buffer => {
    const header = Buffer.alloc(512)
    header.write('name', 0)
    header.write(content.length.toString(8).padStart(11, '0'), 124)
    header.write(type, 156)
    return Buffer.concat([header, Buffer.from(content.padEnd(Math.ceil(content.length / 512) * 512, '\0'))])
  }
  const end = Buffer.alloc(1024)
  t.equal(plainFileIn(Buffer.concat([entry('x', '11 a=bc'), entry('0', 'root:x:0:\n'), end])), 'root:x:0:\n')
  t.equal(plainFileIn(Buffer.concat([entry('2', ''), end])), undefined, 'a link')
  t.equal(plainFileIn(Buffer.from('no archive')), undefined)
})

if (engine instanceof HarnessError)
  t.test('builders in images', { skip: `no container engine: ${engine.line}` }, async () => {})
else if (!(await hasImage(engine, image)))
  t.test('builders in images', { skip: `no image ${image}: npm run images -- bookworm` }, async () => {})
else {
  const docker = engine.container.dockerode

  const builders = async (): Promise<string[]> => {
    const found = await engine.container.dockerode.listContainers({
      all: true,
      filters: { label: ['sidetrack.builder'] },
    })
    return found.map(({ Id }) => Id)
  }

  t.test('it is asked on standard input, and its output is read', async (t) => {
    const source = parseSource(
      script('read -r asked; case $asked in *"\\"mesh\\":\\"osm\\""*) echo "iptables -N A";; esac'),
      '/',
    )
    t.match(await source.rules(request()), { commands: [{ argv: ['-N', 'A'] }] })
  })

  t.test('an image without a program of its own is told one', async (t) => {
    const empty = await makeImage(t, engine, 'no-program', { 'etc/passwd': 'root:x:0:0::/:/bin/sh\n' })
    await t.rejects(parseSource(`image:${empty}`, '/').rules(request()), {
      fault: 'input',
      message: `image:${empty}: the image names no program of its own`,
      hint: "write 'image:NAME PROGRAM ARGS'",
    })
  })

  t.test("an image's accounts are read without running anything of it", async (t) => {
    const [passwd, group] = await imageFiles(image, ['/etc/passwd', '/etc/group'])
    t.match(passwd, /^root:x:0:0:/m)
    t.match(group, /^daemon:x:1:/m)
    t.same(await imageFiles(image, ['/nowhere', '/etc']), [undefined, undefined])
    t.same(await docker.listContainers({ all: true, filters: { label: ['sidetrack.files'] } }), [])
    const rules = script(
      'echo "iptables -t nat -A OUTPUT -p tcp -m owner --uid-owner daemon -j REDIRECT --to-ports 15001"',
    )
    const { status, stdout } = sidetrack([
      ...['explain', '--rules', rules, '--mesh', 'osm', '--uid', '1', '--to', '192.0.2.1:80'],
    ])
    t.equal(status, 0)
    t.match(stdout, /^Verdict: redirected to [\s\S]*\naccounts: daemon is UID 1, by \/etc\/passwd of image:\S+\n/)
  })

  t.test('it has no network, no capability, and nothing to write to but /tmp', async (t) => {
    const look =
      'ls /sys/class/net; grep -E "CapEff|CapBnd|NoNewPrivs" /proc/self/status | tr "\\n\\t" "  "; touch /tmp/x && touch /etc/x'
    const { message } = (await parseSource(script(`(${look}) >&2; exit 1`), '/')
      .rules(request())
      .catch((error: Error) => error)) as Error
    t.match(
      message,
      /: lo \| CapEff: 0{16} CapBnd: 0{16} NoNewPrivs: 1 touch: cannot touch '\/etc\/x': Read-only file system/,
    )
  })

  t.test('what goes wrong in it is the fault of the rules, and it is removed', async (t) => {
    const before = await builders()
    await t.rejects(parseSource(script('echo no ports >&2; exit 3'), '/').rules(request()), {
      fault: 'rules',
      message: /it exited with 3: no ports/,
    })
    await t.rejects(parseSource(script('echo hello'), '/').rules(request()), {
      fault: 'rules',
      message: /cannot be read/,
    })
    const slow = imageSource('slow', `${image} sleep 60`, { limits: { timeout: 300, maxBuffer: 1000 } })
    await t.rejects(slow.rules(request()), { fault: 'rules', message: 'slow: it took longer than 300 ms' })
    const loud = imageSource('loud', `${image} yes`, { limits: { timeout: 20_000, maxBuffer: 1000 } })
    await t.rejects(loud.rules(request()), { fault: 'rules', message: 'loud: it printed more than 1000 bytes' })
    t.strictSame(await builders(), before)
  })

  t.test('an image or a program that is not there says so', async (t) => {
    await t.rejects(parseSource('image:localhost/no/such', '/').rules(request()), {
      fault: 'machine',
      message: /has no image 'localhost\/no\/such'/,
    })
    await t.rejects(parseSource(`image:${image} no-such-program`, '/').rules(request()), {
      fault: 'input',
      message: /no-such-program/,
    })
  })

  t.test('it is nobody, unless its image says who', async (t) => {
    t.equal(await parseSource(script('id -u; id -g'), '/').text(request()), '65534\n65534\n')
    const made = await engine.container.dockerode.createContainer({ Image: image, Cmd: ['true'] })
    const [repo, tag] = ['localhost/sidetrack/test', `user-${process.pid}`]
    await made.commit({ repo, tag, changes: 'USER 1000:7' })
    await made.remove()
    t.teardown(() => engine.container.dockerode.getImage(`${repo}:${tag}`).remove())
    t.equal(await parseSource(`image:${repo}:${tag} sh -c 'id -u; id -g'`, '/').text(request()), '1000\n7\n')
  })

  /** Starts a builder that does not end with its input, by a runner of its own. @returns both, once it runs. */
  async function startRunner(t: Test): Promise<{ runner: ChildProcess; container: EngineContainer }> {
    const token = String(randomInt(1e8, 1e9))
    const started = (await docker.getEvents({ filters: { type: ['container'], event: ['start'] } })) as Readable
    const runner = spawn(process.execPath, [`${import.meta.dirname}/fixtures/image-runner.ts`, image, token], {
      stdio: 'inherit',
    })
    for await (const _ of started) {
      const own = (await docker.listContainers({ all: true })).find(({ Command }) => Command.includes(token))
      if (own === undefined) continue
      t.teardown(async () => {
        runner.kill('SIGKILL')
        await docker
          .getContainer(own.Id)
          .remove({ force: true })
          .catch(() => {})
      })
      return { runner, container: docker.getContainer(own.Id) }
    }
    throw new Error('the engine is gone')
  }

  t.test('one that does not end with its input is removed when its runner is killed', async (t) => {
    const { runner, container } = await startRunner(t)
    const removed = container.wait({ condition: 'removed' })
    runner.kill('SIGKILL')
    await removed
    await t.rejects(container.inspect(), gone)
  })

  t.test('where the watchdog is killed too, the next run removes it, and no other', async (t) => {
    const [orphan, other] = [await startRunner(t), await startRunner(t)]
    const watchdogs = descendants(orphan.runner.pid).map(({ pid }) => pid)
    t.ok(watchdogs.length > 0)
    for (const pid of watchdogs) process.kill(pid, 'SIGKILL')
    orphan.runner.kill('SIGKILL')
    await once(orphan.runner, 'exit')
    t.match(await orphan.container.inspect(), {
      State: { Running: true },
      HostConfig: { Ulimits: [{ Name: 'cpu', Hard: 30 }] },
    })
    const next = spawn(process.execPath, [`${import.meta.dirname}/fixtures/builder-runner.ts`, `image:${image} true`], {
      stdio: 'inherit',
    })
    t.same(await once(next, 'exit'), [0, null])
    await t.rejects(orphan.container.inspect(), gone)
    t.match(await other.container.inspect(), { State: { Running: true } })
  })
}
