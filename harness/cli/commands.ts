import type { Command } from './command/command.ts'

/** Every command, loaded when it is called. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./run.ts')).run,
  list: async () => (await import('./list.ts')).list,
  rules: async () => (await import('./rules.ts')).rules,
  explain: async () => (await import('./explain.ts')).explain,
  collect: async () => (await import('./collect.ts')).collect,
  find: async () => (await import('./find.ts')).find,
  repro: async () => (await import('./repro.ts')).repro,
  findings: async () => (await import('./findings.ts')).findings,
  shell: async () => (await import('./shell.ts')).shell,
  gate: async () => (await import('./gate.ts')).gate,
  merge: async () => (await import('./merge.ts')).merge,
  init: async () => (await import('./init.ts')).init,
  images: async () => (await import('./images.ts')).images,
  doctor: async () => (await import('./doctor.ts')).doctor,
}
