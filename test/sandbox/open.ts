import type { Test } from 'tap'
import { NamespaceSandbox } from '../../harness/sandbox/namespaces.ts'
import { use } from '../use.ts'

// tap has every Node process load a module of its own, which a sandbox's processes are not to: they are no tests.
delete process.env['NODE_OPTIONS']

/** A sandbox that ends with the test. */
export async function openSandbox(t: Test): Promise<NamespaceSandbox> {
  return use(t, await NamespaceSandbox.create())
}
