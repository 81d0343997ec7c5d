import { statSync } from 'node:fs'
import { join } from 'node:path'

const checkout = join(import.meta.dirname, '../..')
const aUid = 54321

/**
 * Sets up, in a mount namespace of its own, a user with ranges of subordinate IDs, and a checkout and a Node that this
 * user can reach wherever they are, then becomes that user. What tap has the tests load that it spawns itself, and the
 * directory of whoever called npm, may be closed to them. The machine's own files stay as they are.
 */
const script = `
set -e
uid=$1 checkout=$2 node=$3 place=$4
shift 4
mount -t tmpfs -o mode=0755 sidetrack /mnt
mkdir -p /mnt/etc "$place/checkout"
touch "$place/node"
cp -a /etc/. /mnt/etc
printf 'root:x:0:0::/:/bin/sh\nordinary:x:%s:%s::/:/bin/sh\n' "$uid" "$uid" > /mnt/etc/passwd
echo ordinary:1000000:65536 | tee /mnt/etc/subuid > /mnt/etc/subgid
mount --bind /mnt/etc /etc
mount --bind "$checkout" "$place/checkout"
mount --bind "$node" "$place/node"
[ "$place" = /mnt ] || { chown "$uid:0" "$place"; chmod 0700 "$place"; }
cd "$place/checkout"
exec env -u NODE_OPTIONS -u INIT_CWD setpriv --reuid "$uid" --regid "$uid" --clear-groups --inh-caps=-all "$place/node" "$@"
`

/**
 * How to run a program of this checkout as an ordinary user: this one, or where this one is root, one that exists for
 * the program alone.
 * @param file relative to the checkout.
 */
export function asOrdinaryUser(file: string, ...args: readonly string[]): { command: string; args: string[] } {
  if (process.getuid?.() !== 0)
    return { command: 'env', args: ['-u', 'NODE_OPTIONS', process.execPath, join(checkout, file), ...args] }
  return asUserIn('/mnt', file, args)
}

/**
 * The same in a folder that is open to that user alone, and whose group the user's own namespaces do not know. It takes
 * root.
 * @param file relative to the checkout.
 */
export function asUserInClosedFolder(file: string, ...args: readonly string[]): { command: string; args: string[] } {
  return asUserIn('/mnt/closed', file, args)
}

function asUserIn(place: string, file: string, args: readonly string[]): { command: string; args: string[] } {
  const uid = statSync(checkout).uid || aUid
  const given = [`${uid}`, checkout, process.execPath, place, file, ...args]
  return { command: 'unshare', args: ['--mount', '--', 'sh', '-c', script, 'sh', ...given] }
}
