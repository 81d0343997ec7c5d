// Old syntax alone, here and in the two programs that import it: an old Node must get as far as saying that it is old.

/** The oldest Node that can start Sidetrack; which one runs it is for ./node.js to choose. */
var oldest = 18

/** Ends the process with one sentence where Node is too old to start Sidetrack. */
export function requireNode() {
  if (parseInt(process.versions.node, 10) >= oldest) return
  process.stderr.write(
    'sidetrack: this is Node ' +
      process.versions.node +
      ', and it takes Node ' +
      oldest +
      ' or newer to start Sidetrack, which brings the Node that it runs on itself; install a newer one\n',
  )
  process.exit(3)
}
