import { lstatSync, readlinkSync } from 'node:fs'

/** Where the sandbox finds what it was made for. */
export const WEIGHTS_PATH = '/weights'
export const OUT_PATH = '/out'
const STAGE = '/mnt'

/** What of `/etc` programs can't do without; nothing that is a secret. */
const SETTINGS = ['/etc/ld.so.cache', '/etc/alternatives', '/etc/ssl/certs', '/etc/ca-certificates', '/etc/localtime']
const OWN_SETTINGS = ['passwd', 'group', 'hosts', 'nsswitch.conf']
const SYSTEM_FOLDERS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32']

export interface SandboxShape {
  /** Further paths that can be read inside, at the same place. */
  readonly readable: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Most bytes in `/tmp` and in `/dev/shm`, each. */
  readonly scratchBytes: number
  readonly workingDir: string
}

/** The namespaces of the stage: a network without a way out, processes of its own, mounts that nobody else sees. */
export function stageArguments(): string[] {
  return [
    '--unshare-user --uid 0 --gid 0 --cap-add ALL --unshare-pid --as-pid-1 --unshare-net --unshare-ipc'.split(' '),
    '--die-with-parent --dev-bind / /'.split(' '),
  ].flat()
}

/** Inside the stage's, namespaces of the command's own: a user without any capability, a root of named folders, all read-only. */
export function sandboxArguments(shape: SandboxShape): string[] {
  const size = String(shape.scratchBytes)
  return [
    '--unshare-user --uid 65534 --gid 65534 --unshare-pid --unshare-ipc --unshare-uts --unshare-cgroup-try'.split(' '),
    '--disable-userns --cap-drop ALL --new-session --die-with-parent --hostname sandbox --seccomp 7'.split(' '),
    '--clearenv',
    Object.entries(shape.env).flatMap(([name, value]) => ['--setenv', name, value]),
    '--ro-bind /usr /usr'.split(' '),
    SYSTEM_FOLDERS.flatMap(systemFolder),
    SETTINGS.flatMap((path) => ['--ro-bind-try', path, path]),
    OWN_SETTINGS.flatMap((name) => ['--ro-bind', `${STAGE}/etc/${name}`, `/etc/${name}`]),
    '--proc /proc --dev /dev'.split(' '),
    ['--size', size, '--perms', '1777', '--tmpfs', '/dev/shm'],
    ['--size', size, '--perms', '1777', '--tmpfs', '/tmp'],
    shape.readable.flatMap((path) => ['--ro-bind', path, path]),
    ['--ro-bind', `${STAGE}/weights`, WEIGHTS_PATH, '--bind', `${STAGE}/out`, OUT_PATH],
    '--remount-ro /dev --remount-ro /'.split(' '),
    ['--chdir', shape.workingDir],
  ].flat()
}

/** As the host has it: a folder, a link into `/usr`, or none. */
function systemFolder(path: string): string[] {
  const status = lstatSync(path, { throwIfNoEntry: false })
  if (status === undefined) return []
  return status.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path]
}
