import { getpgrp, signal, tcsetpgrp } from '../libc/libc.ts'

const SIGTTOU = 22
const SIG_IGN = 1

/**
 * Makes this process's group the foreground group of a terminal again. A shell in a PID namespace of its own cannot
 * give the terminal back to a group that it does not see, and whoever waits for us would be stopped when it reads.
 */
export function takeTerminal(fd: number): void {
  // A background group that changes the foreground group is stopped by SIGTTOU unless it ignores that (tcsetpgrp(3)).
  signal(SIGTTOU, SIG_IGN)
  tcsetpgrp(fd, getpgrp())
}
