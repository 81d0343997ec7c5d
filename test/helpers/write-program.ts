import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/**
 * Writes a program that any identity may run, which none may where the checkout is closed to it. @returns its path; it
 * goes with the test.
 */
export function writeProgram(t: Test, name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sidetrack-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const path = join(folder, name)
  writeFileSync(path, text)
  for (const made of [folder, path]) chmodSync(made, 0o755)
  return path
}
