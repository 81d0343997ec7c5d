import type { Test } from 'tap'

/** Releases a resource with the test that uses it, however that ends. @returns the resource. */
export function use<T extends AsyncDisposable>(t: Test, resource: T): T {
  t.teardown(() => resource[Symbol.asyncDispose]())
  return resource
}
