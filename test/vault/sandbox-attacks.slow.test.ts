import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildAttack, canTry, MIB, openFolder, type Tried, tryInside, weights } from './sandbox-try.ts'

const folder = openFolder()
afterAll(() => folder[Symbol.dispose]())

/** What of the host would show that a way out was found. */
function host() {
  const of = (path: string) => readFileSync(path, 'utf8')
  return [hostname(), of('/proc/self/mountinfo'), of('/proc/sys/kernel/core_pattern')]
}

describe.skipIf(!canTry)('a sandbox, attacked from inside', () => {
  let attack = ''
  let tried: Tried
  let before: string[]
  const listener = createServer((socket) => socket.destroy())
  const abstract = createServer((socket) => socket.destroy())
  beforeAll(async () => {
    attack = buildAttack(folder.path)
    const keys = join(folder.path, 'keys')
    mkdirSync(keys, { mode: 0o755 })
    writeFileSync(join(keys, 'device.key'), 'secret', { mode: 0o644 }) // even one that anybody may read
    await new Promise<void>((resolve) => listener.listen(0, '0.0.0.0', resolve))
    await new Promise<void>((resolve) => abstract.listen('\0safelevel-attack', resolve))
    const address = listener.address()
    const port = typeof address === 'object' && address !== null ? String(address.port) : ''
    before = host()
    const secrets = [join(keys, 'device.key'), import.meta.filename, process.execPath, '/root/.bashrc', '/etc/hostname']
    tried = await tryInside([attack, port, 'safelevel-attack', ...secrets], {
      files: [weights('model.bin', Buffer.alloc(MIB, 7))],
      readable: [attack],
    })
  })
  afterAll(() => {
    listener.close()
    abstract.close()
  })

  it('is left by none of the ways tried', () => {
    const lines = tried.stdout.trim().split('\n')
    expect(lines.length).toBeGreaterThan(65)
    expect(lines.filter((line) => !/ refused E[A-Z]+$/.test(line))).toEqual([])
    expect(tried.outcome?.status).toBe(0)
  })

  it('leaves the host as it was', () => {
    expect(host()).toEqual(before)
  })

  it('shows no environment, no descriptor and no process of the host', async () => {
    const { stdout } = await tryInside(
      'env | sort; ls /proc/self/fd | wc -l; ls -d /proc/[0-9]* | wc -l; readlink /proc/self/fd/0; ls -A /tmp /dev/shm /out; id -u',
      { env: { GIVEN: 'yes' } },
    )
    const [env, rest] = stdout.split(/^PWD=\/tmp$/m)
    expect(
      env
        ?.split('\n')
        .map((line) => line.split('=')[0])
        .filter(Boolean),
    ).toEqual('GIVEN HOME LANG OUT PATH'.split(' '))
    expect(rest).toContain('WEIGHTS=/weights')
    expect(stdout).not.toMatch(/TOKEN|SAFELEVEL|device/i)
    expect(Number(/^(\d+)$/m.exec(rest ?? '')?.[1])).toBeLessThan(8)
  })

  it('runs programs with the setuid bit as the same nobody', async () => {
    const { stdout, stderr } = await tryInside(
      'cp /usr/bin/id /tmp/id; chmod 4755 /tmp/id; /tmp/id -u; su -c id 2>&1; true',
    )
    expect(stdout).toMatch(/^65534\n/)
    expect(stdout + stderr).not.toContain('uid=0')
  })

  it('bounds processes', async () => {
    const { stdout, outcome } = await tryInside([attack, 'processes'], { readable: [attack], processLimit: 40 })
    expect(outcome?.status).toBe(0)
    const born = Number(/^born (\d+)$/m.exec(stdout)?.[1])
    expect(born).toBeGreaterThan(10)
    expect(born).toBeLessThan(40)
  })

  it('bounds memory', async () => {
    const { stdout } = await tryInside([attack, 'memory'], { readable: [attack], memoryLimitBytes: 128 * MIB })
    const taken = [...stdout.matchAll(/^(?:taken|stopped) (\d+)$/gm)].map(([, mib]) => Number(mib))
    expect(Math.max(...taken)).toBeGreaterThan(30)
    expect(Math.max(...taken)).toBeLessThanOrEqual(128)
  })

  it('bounds what lies in /tmp and /dev/shm', async () => {
    const fill = 'head -c 200M /dev/zero >/tmp/x; head -c 200M /dev/zero >/dev/shm/x; cat /tmp/x /dev/shm/x | wc -c'
    const { stdout } = await tryInside(fill, { memoryLimitBytes: 128 * MIB })
    expect(Number(stdout.trim() || 0)).toBeLessThanOrEqual(64 * MIB)
  })

  it('dumps no core', async () => {
    const { outcome } = await tryInside(`cd /out; ${attack} crash; status=$?; ls -A /out; exit $status`, {
      readable: [attack],
    })
    expect(outcome?.status).toBe(134)
    expect(outcome?.out).toEqual([])
  })
})
