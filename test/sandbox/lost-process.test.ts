import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { NamespaceSandbox } from '../../harness/sandbox/namespaces.ts'
import { writeProgram } from '../helpers/write-program.ts'
import { drive, unmet } from './literal-pod.ts'
import { openSandbox } from './open.ts'
import { descendants, signal } from './processes.ts'
import { everybody, isKilled, owes, pod, processOf } from './two-processes.ts'

const isSleeping = (): boolean => descendants().some(({ name }) => name === 'sleep')

t.test('the process of all identities dies mid-run: an error, no verdict, and no hang', async (t) => {
  const sandbox = await openSandbox(t)
  t.same(await unmet(sandbox, 'nft', pod), [])
  const pid = processOf(everybody)
  // A process that is stopped holds the run up, so that it dies in the midst of it for sure.
  signal(pid, 'SIGSTOP')
  const driven = drive(sandbox, 'nft', pod)
  await sandbox.ping()
  signal(pid, 'SIGKILL')
  await t.rejects(driven, isKilled)
  t.same(await unmet(sandbox, 'nft', pod), [], 'the next pod gets a new one')
})

t.test('it dies while rules are loaded: that is known at once, and nobody waits for the rules', async (t) => {
  const sandbox = await openSandboxWith(t, 'exec sleep 600')
  const driven = drive(sandbox, 'nft', pod)
  driven.catch(() => {})
  const isOver = driven.then(
    () => true,
    () => true,
  )
  while (!isSleeping() && !(await Promise.race([isOver, sleep(5)])));
  signal(processOf(everybody), 'SIGKILL')
  await t.rejects(driven, isKilled)
  t.notOk(isSleeping(), 'the program has been ended')
})

t.test('it is stopped: what was waited for is said, and the next pod gets a new one', async (t) => {
  const sandbox = await openSandbox(t)
  t.same(await unmet(sandbox, 'nft', pod), [])
  signal(processOf(everybody), 'SIGSTOP')
  await sandbox.setPatience(1_500)
  await t.rejects(drive(sandbox, 'nft', pod), {
    fault: 'machine',
    message: `${owes('listen')} for 1500 ms: it is stopped`,
  })
  await sandbox.setPatience(20_000)
  t.same(await unmet(sandbox, 'nft', pod), [])
})

t.test(
  'it is late for the time that a pod is given: what was waited for is said, and nobody else loses it',
  async (t) => {
    const sandbox = await openSandbox(t)
    t.same(await unmet(sandbox, 'nft', pod), [])
    const pid = processOf(everybody)
    signal(pid, 'SIGSTOP')
    await t.rejects(drive(sandbox, 'nft', { ...pod, timeout: 200 }), {
      fault: 'machine',
      message: `no verdict within the timeout of 200 ms: ${owes('listen')}: it is stopped`,
      hint: "raise the scenario's timeout, or --timeout",
    })
    signal(pid, 'SIGCONT')
    t.same(await unmet(sandbox, 'nft', pod), [])
    t.equal(processOf(everybody), pid, 'it is the same one')
  },
)

t.test('iptables is late for the time that a pod is given', async (t) => {
  const sandbox = await openSandboxWith(t, 'exec sleep 600')
  t.same(await unmet(sandbox, 'legacy', pod), [])
  await t.rejects(drive(sandbox, 'nft', { ...pod, timeout: 1_000 }), {
    fault: 'machine',
    message: 'no verdict within the timeout of 1 s: iptables has not ended',
  })
  t.notOk(isSleeping(), 'the program has been ended')
})

const programs = [
  ['kill -9 $$', 'iptables-nft-restore has been killed (SIGKILL)'],
  ['kill -TERM $$', 'iptables-nft-restore has been killed (SIGTERM)'],
  ['exec sleep 600', 'iptables-nft-restore has not ended for 1500 ms'],
] as const

for (const [command, message] of programs) {
  t.test(`iptables does not end by itself (${command}): that is not the rules' fault`, async (t) => {
    const sandbox = await openSandboxWith(t, command)
    t.same(await unmet(sandbox, 'legacy', pod), [])
    await sandbox.setPatience(1_500)
    await t.rejects(drive(sandbox, 'nft', pod), { fault: 'machine', message })
  })
}

/** A sandbox whose iptables-nft-restore does something first. */
async function openSandboxWith(t: Test, command: string): Promise<NamespaceSandbox> {
  const program = writeProgram(t, 'iptables-nft-restore', `#!/bin/sh\n${command}\n`)
  const { PATH } = process.env
  process.env['PATH'] = `${program.slice(0, program.lastIndexOf('/'))}:${PATH}`
  try {
    return await openSandbox(t)
  } finally {
    process.env['PATH'] = PATH
  }
}
