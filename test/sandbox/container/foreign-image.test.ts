import { join } from 'node:path'
import t from 'tap'
import { backends } from '../../../harness/flow/backend.ts'
import { requireBackends, run } from '../../../harness/run/schedule/run.ts'
import { ContainerSandbox } from '../../../harness/sandbox/container/container.ts'
import type { Engine } from '../../../harness/sandbox/engine/container-engine.ts'
import { imageOf } from '../../../harness/sandbox/engine/own-images.ts'
import { loadScenarios } from '../../helpers/load-scenarios.ts'
import { Heard, options } from '../../run/options.ts'
import { use } from '../../helpers/use.ts'
import { builtImage } from '../built-image.ts'
import { containersOf, engineWith } from '../engine.ts'

const base = `FROM ${imageOf('bookworm')}\n`

/**
 * An image without glibc where programs look for it, as Alpine is one: it is in a place that only the programs that the
 * agent needs of an image know. Paths keep their length, so that they can be changed in a program.
 */
const withoutGlibc = `${base}RUN set -eu; export LC_ALL=C; triplet=$(uname -m)-linux-gnu; \\
 programs='/usr/sbin/xtables-nft-multi /usr/sbin/xtables-legacy-multi /usr/bin/setpriv'; \\
 loader=$(ls /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1 2>/dev/null || true); own=$(echo $loader | sed 's#/lib#/lab#'); \\
 mkdir -p $(dirname $own) /lab/$triplet; cp -L $loader $own; \\
 ldd $programs | sed -n 's/.* => \\(\\/[^ ]*\\).*/\\1/p' | sort -u | xargs -I{} cp -L {} /lab/$triplet/; \\
 sed -i "s#/lib/$triplet/#/lab/$triplet/#g; s#/etc/ld.so.cache#/etc/no.so.cache#" $own; \\
 sed -i 's#/lib\\(64\\)\\{0,1\\}/ld-linux-#/lab\\1/ld-linux-#' $programs; \\
 rm -rf $loader /usr/lib64 /lib64 /usr/lib/$triplet/*.so* /usr/lib/ld-linux*
`

/** Alpine has busybox' setpriv, and legacy tables in a package of their own. */
const asAlpine = `${base}RUN rm /usr/bin/apt-get /usr/sbin/*legacy* && cp /bin/true /usr/sbin/apk`
const says = 'Usage: setpriv [OPTIONS] PROG ARGS; --nnp, --inh-caps, --ambient-caps'
const busyboxSetpriv = `${asAlpine} && printf '#!/bin/sh\\necho "${says}" >&2; exit 1\\n' >/usr/bin/setpriv\n`

const engine = await engineWith(['bookworm'])
if (typeof engine === 'string') t.plan(0, engine)
else await testWith(engine)

async function testWith(engine: Engine): Promise<void> {
  t.test('Node and its C library come along: an image without glibc and libstdc++ does as well', async (t) => {
    const image = await builtImage(t, engine, 'without-glibc', withoutGlibc)
    t.not(await exitCodeOf(engine, image, '/bin/true'), 0, 'a program of glibc does not start there')
    t.equal(await exitCodeOf(engine, image, '/usr/sbin/iptables-nft', '--version'), 0)
    const sandbox = use(t, await ContainerSandbox.create(image))
    const scenarios = await loadScenarios(join(import.meta.dirname, '../../../scenarios/osm/outbound.ts'))
    const heard = new Heard()
    await run(options({ scenarios, backends, jobs: 4, sandbox }), heard.listen)
    t.ok(heard.results.length > 50, `${heard.results.length} checks`)
    t.same(
      heard.results.filter(({ status }) => status !== 'passed'),
      [],
    )
  })

  t.test('an image that lacks something says what, and what adds it', async (t) => {
    const busybox = await builtImage(t, engine, 'busybox-setpriv', busyboxSetpriv)
    await t.rejects(ContainerSandbox.create(busybox), {
      fault: 'machine',
      message:
        /^the image '.*:busybox-setpriv-\d+': there is no setpriv of util-linux, .* but one that knows no --reuid$/,
      hint: 'add it: apk add setpriv',
    })
    t.same(await containersOf(engine), [], 'nothing is left')
    const sandbox = use(
      t,
      await ContainerSandbox.create(await builtImage(t, engine, 'without-legacy', `${asAlpine}\n`)),
    )
    requireBackends(sandbox, ['nft'])
    await t.rejects(async () => requireBackends(sandbox, backends), {
      fault: 'machine',
      message: /^iptables-legacy is not in the image/,
      hint: 'add it to the image: apk add iptables-legacy, or leave it out with --iptables',
    })
  })
}

async function exitCodeOf({ container: { dockerode } }: Engine, image: string, ...command: string[]): Promise<number> {
  const container = await dockerode.createContainer({ Image: image, Cmd: command })
  await container.start()
  const { StatusCode }: { StatusCode: number } = await container.wait({ condition: 'not-running' })
  await container.remove()
  return StatusCode
}
