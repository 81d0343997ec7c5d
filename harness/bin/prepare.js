import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ensureTap } from './dependencies.js'
import { chooseNode } from './node.js'

// What npm runs once it has installed the packages of a checkout, and before it packs one: for a tarball, or where a
// repository is somebody's dependency. npm names what it packs (npm_package_resolved, pacote's DirFetcher), and says
// when the checkout is a passing one (_PACOTE_NO_PREPARE_, its GitFetcher), where nobody runs tests.
const { npm_package_resolved: packed, _PACOTE_NO_PREPARE_: passing } = process.env
if (packed !== undefined) {
  const { status } = spawnSync(chooseNode(), [fileURLToPath(new URL('./run-task.js', import.meta.url)), 'build'], {
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
} else if (passing === undefined) {
  ensureTap(chooseNode())
}
