import type { Test } from 'tap'
import { NamespaceSandbox } from '../../harness/sandbox/namespaces.ts'
import { use } from '../helpers/use.ts'

/** A sandbox that ends with the test. */
export async function openSandbox(t: Test): Promise<NamespaceSandbox> {
  return use(t, await NamespaceSandbox.create())
}
