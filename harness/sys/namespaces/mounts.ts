import { checked, errno, errnoName, mount, mountSetAttributes } from '../libc/libc.ts'

const MS_BIND = 4096
const MOUNT_ATTR_RDONLY = 1n
const AT_RECURSIVE = 0x8000

/**
 * What stays writable: our own file system, and the settings of network namespaces, which belong to whoever looks at
 * them.
 */
const writable = ['/run', '/proc/sys/net']

/**
 * Makes every mount of this mount namespace read-only but for the private /run and the settings of network namespaces.
 * Devices and sockets can still be written to. A kernel before 5.12 has no mount_setattr(2): there all stays as it is.
 * @throws SystemCallError
 */
export function sealMounts(): void {
  checked(mount('/proc/sys/net', '/proc/sys/net', null, MS_BIND, null), 'mount /proc/sys/net')
  if (mountSetAttributes('/', AT_RECURSIVE, { set: MOUNT_ATTR_RDONLY }) < 0 && errnoName(errno()) === 'ENOSYS') return
  for (const path of writable)
    checked(mountSetAttributes(path, 0, { clear: MOUNT_ATTR_RDONLY }), `mount_setattr ${path}`)
}
