/** A text that grows in one way, and what is said of it where it is too large: nothing where it is read. */
export interface Hostile {
  name: string
  text: () => string
  refused?: RegExp
}

const times = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n')
const nat = (lines: string): string => `*nat\n:X - [0:0]\n${lines}\nCOMMIT\n`
const address = (index: number): string => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`
const addresses = (count: number): string => Array.from({ length: count }, (_, index) => address(index)).join(',')
const pod = (args: string): string => `Name: x\nInit Containers:\n  a:\n${args}\nContainers:\n`
const megabyte = 1024 * 1024

/**
 * How a text may grow: in length, in width, in depth, by repetition. Each took many seconds or ended the process once,
 * or may.
 */
export const hostileTexts: readonly Hostile[] = [
  {
    name: 'a table that is begun and committed 2,000 times',
    text: () =>
      `${nat(times(2000, (index) => `-A X -d ${address(index)} -j RETURN`))}${times(2000, () => '*nat\nCOMMIT')}\n`,
  },
  {
    name: 'a table that is changed and committed 5,000 times',
    text: () => `${nat('')}${times(5000, () => '*nat\n-A X -j RETURN\nCOMMIT')}\n`,
  },
  {
    name: '3,000 rules, each of them removed again, the last one first',
    text: () =>
      nat(
        `${times(3000, (index) => `-A X -d ${address(index)} -j RETURN`)}\n${times(3000, (index) => `-D X -d ${address(2999 - index)} -j RETURN`)}`,
      ),
  },
  {
    name: 'the same in commands',
    text: () =>
      `iptables -t nat -N X\n${times(2000, (index) => `iptables -t nat -A X -d ${address(index)} -j RETURN`)}\n${times(2000, (index) => `iptables -t nat -D X -d ${address(1999 - index)} -j RETURN`)}\n`,
  },
  {
    name: '30,000 rules, each before the one before it',
    text: () => nat(times(30_000, (index) => `-I X -d ${address(index)} -j RETURN`)),
  },
  {
    name: '3,000 chains, each of them removed again',
    text: () => `*nat\n${times(3000, (index) => `-N C${index}`)}\n${times(3000, (index) => `-X C${index}`)}\nCOMMIT\n`,
  },
  {
    name: '3,000 chains, each of them renamed',
    text: () =>
      `*nat\n${times(3000, (index) => `-N C${index}`)}\n${times(3000, (index) => `-E C${index} D${index}`)}\nCOMMIT\n`,
  },
  {
    name: 'more chains than are read',
    text: () => `*nat\n${times(21_000, (index) => `:C${index} - [0:0]`)}\nCOMMIT\n`,
    refused: /a ruleset of more than 20000 chains is not read/,
  },
  {
    name: 'more rules than are read',
    text: () => nat(times(11, () => `-A X -s ${addresses(99)} -d ${addresses(101)}`)),
    refused: /a ruleset of more than 100000 rules is not read/,
  },
  {
    name: '1,500 addresses times 1,500',
    text: () => `iptables -A OUTPUT -s ${addresses(1500)} -d ${addresses(1500)} -j ACCEPT\n`,
    refused: /the lists of addresses make 2250000 rules of one; 10000 are read/,
  },
  {
    name: 'a list of addresses that is no longer than it may be',
    text: () => nat(times(9, () => `-A X -s ${addresses(100)} -d ${addresses(100)}`)),
  },
  {
    name: '30,000 Args',
    text: () => pod(times(30_000, () => '    Args:\n      iptables -N A')),
    refused: /more than one init container has iptables rules/,
  },
  {
    name: '30,000 Args without a rule',
    text: () => pod(times(30_000, () => '    Args:\n      echo')),
    refused: /no init container here has iptables rules/,
  },
  {
    name: 'Args in Args, 3,000 deep',
    text: () => pod(times(3000, (index) => `${' '.repeat(index + 4)}Args:`)),
    refused: /no init container here has iptables rules/,
  },
  {
    name: '1.5 MB in double quotes',
    text: () => `iptables -A OUTPUT -m comment --comment "${'a'.repeat(1.5 * megabyte)}"\n`,
    refused: /a word has more than 131071 bytes/,
  },
  {
    name: '1.5 MB in double quotes over many lines',
    text: () => `iptables -N "${'a\n'.repeat(0.7 * megabyte)}"\n`,
    refused: /more than 200000 lines|more than 131071 bytes/,
  },
  {
    name: '1.5 MB in double quotes, every other character escaped',
    text: () => `iptables -N "${'\\"a'.repeat(megabyte / 2)}"\n`,
    refused: /more than 131071 bytes/,
  },
  {
    name: '12 MB of double quotes',
    text: () => `${'"'.repeat(12 * megabyte)}\n`,
    refused: /"" is neither iptables nor ip6tables/,
  },
  { name: 'empty lines', text: () => '\n'.repeat(12 * megabyte), refused: /the text has more than 200000 lines/ },
  {
    name: '30,000 double quotes',
    text: () => `iptables -N ${'""'.repeat(30_000)}\n`,
    refused: /'' is no chain's name/,
  },
  {
    name: '1.5 MB of one word',
    text: () => `iptables -N ${'a'.repeat(1.5 * megabyte)}\n`,
    refused: /more than 131071 bytes/,
  },
  {
    name: '1.5 MB of one word that is no program',
    text: () => `${'a'.repeat(1.5 * megabyte)}\n`,
    refused: /is neither iptables nor ip6tables/,
  },
  {
    name: "100,000 times the pod's address",
    text: () => `iptables -N ${'$POD_IP'.repeat(100_000)}\n`,
    refused: /more than 131071 bytes/,
  },
  { name: "10,000 times the pod's address in a payload", text: () => nat(times(10_000, () => '-A X -d $POD_IP')) },
  {
    name: 'a command of 100,000 words',
    text: () => `iptables -A OUTPUT ${'-v '.repeat(100_000)}\n`,
    refused: /a command of 100002 words is not read; 1000 are/,
  },
  {
    name: 'more commands than are read',
    text: () => `${'iptables -F;'.repeat(21_000)}\n`,
    refused: /more than 20000 commands are not read/,
  },
  { name: '100,000 line continuations', text: () => `iptables -F ${'\\\n'.repeat(100_000)}\n` },
  {
    name: 'a comment of 10 MB',
    text: () => `*nat\n# ${'a'.repeat(10 * megabyte)}\nCOMMIT\n`,
    refused: /^line 2: has 10485762 bytes; iptables-restore reads at most 10239 of a line/,
  },
  { name: 'a comment of 10 MB between commands', text: () => `iptables -F\n# ${'a'.repeat(10 * megabyte)}\n` },
  {
    name: 'a rule of 10 MB',
    text: () => nat(`-A X ${'-v '.repeat(3 * megabyte)}`),
    refused: /^line 3: has \d+ bytes; iptables-restore reads at most 10239 of a line/,
  },
  {
    name: 'a chain of 100,000 characters',
    text: () => `iptables -N ${'a'.repeat(100_000)}\n`,
    refused: /'a{59}…aa' is too long; a chain's name has at most 28 characters/,
  },
  {
    name: 'a value of 100,000 characters',
    text: () => `iptables -A OUTPUT -m mac --mac-source ${'a'.repeat(100_000)}\n`,
    refused: /'a{59}…aa' is not a MAC address/,
  },
  {
    name: 'a value of many lines',
    text: () => `iptables -A OUTPUT -m mac --mac-source '\n\u001b[1m\n'\n`,
    refused: /'\\n\\u001b\[1m\\n' is not a MAC address/,
  },
  {
    name: 'a word that iptables-restore has no room for',
    text: () => nat(`-A X -m comment --comment "${'ä'.repeat(512)}"`),
    refused: /line 3, column 27: iptables-restore has no room for a word of more than 1023 bytes/,
  },
  {
    name: 'more words than iptables-restore has room for',
    text: () => nat(`-A X ${'-v '.repeat(260)}`),
    refused: /iptables-restore has no room for more than 251 words/,
  },
  {
    name: '16 MB and more',
    text: () => '#'.repeat(17 * megabyte),
    refused: /^line 1: the text has 17825792 bytes; 16777216 are read/,
  },
  {
    name: '300,000 lines',
    text: () => '\n'.repeat(300_000),
    refused: /^line 200001: the text has more than 200000 lines/,
  },
  {
    name: '500 lines that are full',
    text: () =>
      nat(
        times(
          500,
          (index) =>
            `-A X -d ${address(index)} ${times(50, () => '-m comment --comment "a \\" b"').replaceAll('\n', ' ')}`,
        ),
      ),
  },
  {
    name: '10,000 here-documents',
    text: () => times(10_000, () => 'iptables-restore <<EOF\n*nat\nCOMMIT\nEOF'),
    refused: /^line 5, column 1: a second iptables-restore is not read/,
  },
  {
    name: '50,000 here-documents in one another',
    text: () => `iptables-restore <<EOF\n${times(50_000, (index) => `iptables-restore <<EOF${index}`)}\nEOF\n`,
    refused: /stands outside any table/,
  },
  {
    name: 'a here-document that never ends',
    text: () => `iptables-restore <<-EOF\n${times(100_000, () => '\t*nat')}\n`,
    refused: /the here-document has no line 'EOF'/,
  },
  {
    name: 'blanks before what is no here-document',
    text: () => `${' '.repeat(megabyte)}iptables-restore ${'-n '.repeat(100_000)}<\n`,
    refused: /'<' is not read/,
  },
  {
    name: '100,000 negations',
    text: () => nat(times(10_000, () => '-A X ! ! ! ! ! ! ! ! ! ! -p tcp')),
    refused: /a '!' stands behind another one/,
  },
  {
    name: 'a jump from each of 10,000 chains to the next',
    text: () =>
      `*nat\n${times(10_000, (index) => `:C${index} - [0:0]`)}\n${times(9999, (index) => `-A C${index} -j C${index + 1}`)}\nCOMMIT\n`,
  },
  {
    name: '10,000 lines that are not understood',
    text: () => nat(times(10_000, () => '-A X -d 1.2.3.4.5 --dport --sport')),
    refused: /'1.2.3.4.5' is no IPv4 address/,
  },
]
