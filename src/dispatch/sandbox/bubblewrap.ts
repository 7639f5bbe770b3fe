/**
 * The command line that runs a command confined by bubblewrap: it sees the system read-only, its own folder, and what it
 * is given to read. It has no network, no processes but its own, an empty /tmp, and a user without rights.
 */
import { existsSync, lstatSync, readdirSync, readlinkSync } from 'node:fs'

export interface Confinement {
  /** Where it runs, at its own path. */
  readonly folder: string
  readonly writesFolder: boolean
  /** Files and folders that it may read, at their own paths. */
  readonly readable: readonly string[]
  /** All of its environment. */
  readonly environment: Readonly<Record<string, string>>
  readonly seesGpus: boolean
  /** The most bytes of a file, of /tmp, and of /dev/shm. */
  readonly diskBytes: number
  /** A file with the filter of system calls. */
  readonly filter?: string
}

/** The owner of edited programs where the service is root: a user that owns nothing else. */
export const SANDBOX_USER = 60_999
/** Of this program's user: in a user namespace the kernel (5.14 or newer) counts only the processes of that namespace. */
const MOST_PROCESSES = 4096
const FILTER_DESCRIPTOR = 9

export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** The words before a command that confine it. */
export function confine(c: Confinement): string[] {
  return [
    ...(c.filter === undefined
      ? []
      : ['/bin/sh', '-c', `exec ${FILTER_DESCRIPTOR}<"$0" && exec "$@"`, c.filter]),
    // SIGTERM asks the program to end; bubblewrap itself would kill it at once.
    ...['env', '--ignore-signal=TERM', 'bwrap', '--die-with-parent'],
    ...['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-net', '--unshare-cgroup-try'],
    ...(isRoot() ? CAPABILITIES_TO_BECOME_ANOTHER : ['--unshare-user', '--disable-userns']),
    ...systemMounts(),
    ...['--proc', '/proc', '--dev', '/dev'],
    ...limitedTmpfs('/dev/shm', c.diskBytes),
    ...limitedTmpfs('/tmp', c.diskBytes),
    ...(c.seesGpus ? gpuMounts() : []),
    ...ancestors([...c.readable, c.folder]).flatMap((path) => ['--perms', '0755', '--dir', path]),
    ...c.readable.flatMap((path) => ['--ro-bind', path, path]),
    ...[c.writesFolder ? '--bind' : '--ro-bind', c.folder, c.folder, '--chdir', '/'],
    '--clearenv',
    ...Object.entries({ ...BASE_ENVIRONMENT, ...c.environment }).flatMap(([k, v]) => ['--setenv', k, v]),
    ...(c.filter === undefined ? [] : ['--seccomp', String(FILTER_DESCRIPTOR)]),
    ...['--', 'env', '--default-signal=TERM'],
    ...['prlimit', '--core=0', `--fsize=${Math.ceil(c.diskBytes)}`, `--nproc=${MOST_PROCESSES}`, '--'],
    ...(isRoot() ? BECOME_ANOTHER : []),
    ...['env', `--chdir=${c.folder}`], // root without rights may not enter it before
  ]
}

const BASE_ENVIRONMENT = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  HOME: '/tmp',
  USER: 'trial',
  LOGNAME: 'trial',
  LANG: 'C.UTF-8',
}

/** Root has no user namespace: folders that only root may enter can be mounted, and files get another owner for real. */
const CAPABILITIES_TO_BECOME_ANOTHER = [
  ...['--cap-drop', 'ALL', '--cap-add', 'CAP_SETUID', '--cap-add', 'CAP_SETGID', '--cap-add', 'CAP_SETPCAP'],
]
const BECOME_ANOTHER = [
  ...['setpriv', '--reuid', String(SANDBOX_USER), '--regid', String(SANDBOX_USER), '--clear-groups'],
  ...['--inh-caps=-all', '--bounding-set=-all', '--no-new-privs', '--'],
]

const SYSTEM_FOLDERS = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32']
const SYSTEM_FILES = [
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'alternatives',
  'localtime',
  'nsswitch.conf',
]

function systemMounts(): string[] {
  const folders = SYSTEM_FOLDERS.filter((path) => existsSync(path)).flatMap((path) =>
    lstatSync(path).isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path],
  )
  const files = SYSTEM_FILES.map((name) => `/etc/${name}`).filter((path) => existsSync(path))
  return [...folders, ...files.flatMap((path) => ['--ro-bind', path, path])]
}

/** Made by name, because bubblewrap itself makes those of a private folder as private, and for another user. */
function ancestors(paths: readonly string[]): string[] {
  const all = paths.flatMap((path) => {
    const names = path.split('/').slice(1, -1)
    return names.map((_, i) => `/${names.slice(0, i + 1).join('/')}`)
  })
  return [...new Set(all)].filter((path) => path !== '/tmp' && !SYSTEM_FOLDERS.includes(path)).sort()
}

function limitedTmpfs(path: string, bytes: number): string[] {
  return ['--perms', '1777', '--size', String(Math.ceil(bytes)), '--tmpfs', path]
}

/** Which of the cards a trial uses is said by CUDA_VISIBLE_DEVICES: CUDA numbers only the cards that it finds. */
function gpuMounts(): string[] {
  const devices = readdirSync('/dev').filter((name) => name.startsWith('nvidia'))
  return [
    '--ro-bind',
    '/sys',
    '/sys',
    ...devices.flatMap((name) => ['--dev-bind', `/dev/${name}`, `/dev/${name}`]),
  ]
}
