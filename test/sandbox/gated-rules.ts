import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { NamespaceSandbox } from '../../harness/sandbox/namespaces.ts'
import { writeProgram } from '../helpers/write-program.ts'
import { openSandbox } from './open.ts'

/** A sandbox in which rules take as long as a test says. */
interface Gated {
  sandbox: NamespaceSandbox
  /** Can be read once the pod's listeners stand. */
  ready: string
  /** Written to, it lets the rules be done: flows are sent after that. */
  go: string
  /** Made before that, so that whoever empties the pod afterwards is not held up. */
  passed: string
}

export async function openGated(t: Test): Promise<Gated> {
  const { folder, ...gate } = makeGate(t)
  const { PATH } = process.env
  process.env['PATH'] = `${folder}:${PATH}`
  const sandbox = await openSandbox(t).finally(() => {
    process.env['PATH'] = PATH
  })
  return { sandbox, ...gate }
}

/**
 * A program in iptables' place that says when the pod's listeners stand, and ends when it is told to: flows are sent
 * after that.
 */
function makeGate(t: Test): Record<'ready' | 'go' | 'passed' | 'folder', string> {
  const folder = t.testdir({})
  const [ready, go, passed] = ['ready', 'go', 'passed'].map((name) => join(folder, name)) as [string, string, string]
  execFileSync('mkfifo', [ready, go])
  const isListening = "grep -q ':3A99 0*:0000 0A' /proc/net/tcp /proc/net/tcp6"
  const text = `#!/bin/sh
PATH=/usr/sbin:/sbin:/usr/bin:/bin
iptables-nft-restore "$@" || exit
# Whoever empties the pod afterwards is not held up.
[ -e ${passed} ] && exit
until ${isListening}; do sleep 0.02; done
sleep 0.5
: > ${ready}
: < ${go}
`
  return { ready, go, passed, folder: join(writeProgram(t, 'iptables-nft-restore', text), '..') }
}
