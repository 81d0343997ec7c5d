import type { Sandbox } from '../sandbox/sandbox.ts'

/** A sandbox that is on its way up while a command still reads its input; it goes with the command, whatever becomes of that. */
export async function startSandbox(): Promise<AsyncDisposable & { ready: Promise<Sandbox> }> {
  const { NamespaceSandbox } = await import('../sandbox/namespaces.ts')
  const ready = NamespaceSandbox.create()
  // Whoever awaits it learns why there is none; a command that fails before need not.
  ready.catch(() => {})
  return {
    ready,
    async [Symbol.asyncDispose]() {
      const sandbox = await ready.catch(() => undefined)
      await sandbox?.[Symbol.asyncDispose]()
    },
  }
}
