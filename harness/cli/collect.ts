import { exitCodes } from '../core/errors.ts'
import { command } from './command/command.ts'
import { flag } from './command/option.ts'
import { print } from './command/output.ts'

export const collect = command({
  help: "prints a shell script that shows a live pod's rules of every backend, policy routing, addresses, sysctls and listeners",
  details:
    'Run it as root where the network is, and keep what it prints; --rules file: takes that as any other capture:\n' +
    '  sidetrack collect | nsenter -t PID -n sh > captured.txt\n' +
    '  sidetrack collect | kubectl exec -i POD -c CONTAINER -- sh > captured.txt\n' +
    'It needs a shell alone (dash, busybox), says what is missing, changes nothing and writes nothing to disk.',
  options: {
    redact: flag(
      'the script replaces addresses, the same everywhere and in networks as before, but for loopback and other well-known ones; it needs awk',
    ),
  },
  async run({ values }) {
    const { collectScript } = await import('../source/collect/script.ts')
    print(collectScript(values.redact))
    return exitCodes.ok
  },
})
