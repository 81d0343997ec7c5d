import type { HasValue, LongOption } from '../words/getopt.ts'

/** What iptables itself can be asked (original_opts and OPTSTRING_COMMON in iptables/xshared.h), by its short name. */
const values: Readonly<Record<HasValue, readonly string[]>> = {
  none: ['-4', '-6', '-f', '-n', '-v', '-x', '-V', '--line-numbers'],
  one: [
    '-A',
    '-C',
    '-D',
    '-E',
    '-I',
    '-N',
    '-P',
    '-R',
    '-M',
    '-c',
    '-d',
    '-g',
    '-i',
    '-j',
    '-m',
    '-o',
    '-p',
    '-s',
    '-t',
  ],
  glued: ['-F', '-L', '-S', '-X', '-Z', '-W', '-w', '-h'],
}

const longNames: Readonly<Record<string, string>> = {
  append: '-A',
  delete: '-D',
  check: '-C',
  insert: '-I',
  replace: '-R',
  list: '-L',
  'list-rules': '-S',
  flush: '-F',
  zero: '-Z',
  'new-chain': '-N',
  'delete-chain': '-X',
  'rename-chain': '-E',
  policy: '-P',
  source: '-s',
  destination: '-d',
  src: '-s',
  dst: '-d',
  protocol: '-p',
  'in-interface': '-i',
  jump: '-j',
  table: '-t',
  match: '-m',
  numeric: '-n',
  'out-interface': '-o',
  verbose: '-v',
  wait: '-w',
  'wait-interval': '-W',
  exact: '-x',
  fragments: '-f',
  version: '-V',
  help: '-h',
  'line-numbers': '--line-numbers',
  modprobe: '-M',
  'set-counters': '-c',
  goto: '-g',
  ipv4: '-4',
  ipv6: '-6',
}

const valueKinds = new Map(
  Object.entries(values).flatMap(([value, options]) => options.map((option) => [option, value as HasValue] as const)),
)

export const shortOptions: ReadonlyMap<string, { value: HasValue; id: string }> = new Map(
  [...valueKinds]
    .filter(([option]) => option.length === 2)
    .map(([option, value]) => [option[1] ?? '', { value, id: option }]),
)

export const longOptions: ReadonlyMap<string, LongOption<string>> = new Map(
  Object.entries(longNames).map(([name, id]) => [name, { name, value: valueKinds.get(id) ?? 'none', key: id, id }]),
)

/** The commands, of which a line has one; two of them go with -Z (add_command in iptables/xshared.c). */
const commandNames = ['-A', '-C', '-D', '-E', '-F', '-I', '-L', '-N', '-P', '-R', '-S', '-X', '-Z'] as const
export type CommandName = (typeof commandNames)[number]
export const isCommand = (option: string): option is CommandName => (commandNames as readonly string[]).includes(option)

const rule = ['-s', '-d', '-p', '-j', '-i', '-o', '-f', '-v']
/**
 * The options that go with each command (commands_v_options in iptables/xshared.c), those aside that nothing is held
 * against.
 */
export const optionsOf: Readonly<Record<CommandName | 'delete by number', readonly string[]>> = {
  '-A': [...rule, '-c'],
  '-I': [...rule, '-c'],
  '-R': [...rule, '-c'],
  '-D': rule,
  '-C': rule,
  'delete by number': ['-v'],
  '-L': ['-n', '-v', '-x', '--line-numbers'],
  '-F': ['-v'],
  '-Z': ['-v'],
  '-N': ['-v'],
  '-X': ['-v'],
  '-P': ['-v', '-c'],
  '-E': ['-v'],
  '-S': ['-v'],
}
