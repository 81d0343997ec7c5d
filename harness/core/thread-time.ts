/** CPU time of this thread so far, in milliseconds: by it a busy machine comes as far as an idle one. */
export function threadMilliseconds(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
