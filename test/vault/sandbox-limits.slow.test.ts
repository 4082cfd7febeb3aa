import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AppError } from '../../src/base/errors.ts'
import { canTry, MIB, openFolder, tryInside, weights } from './sandbox-try.ts'

const folder = openFolder()
afterAll(() => folder[Symbol.dispose]())

const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex')

describe.skipIf(!canTry)('what a sandbox lets in and out', () => {
  it('lets in exactly the weights announced', async () => {
    const bytes = Buffer.from(Array.from({ length: 3 * MIB }, (_, index) => (index * 7) & 0xff))
    const files = [
      weights('a/b/model.safetensors', bytes, sha256(bytes)),
      weights('with space.gguf', Buffer.of(1), null),
    ]
    const { stdout } = await tryInside(
      'cd /weights; sha256sum a/b/model.safetensors "with space.gguf"; find . -type f | wc -l',
      { files },
    )
    expect(stdout).toBe(`${sha256(bytes)}  a/b/model.safetensors\n${sha256(Buffer.of(1))}  with space.gguf\n2\n`)
  })

  it.each([
    ['too short', { ...weights('m', Buffer.alloc(10)), sizeBytes: 11 }],
    ['too long', { ...weights('m', Buffer.alloc(10)), sizeBytes: 9 }],
    ['another', weights('m', Buffer.alloc(10), sha256('another'))],
  ])('runs nothing on weights that come %s', async (_, file) => {
    const { stdout, error } = await tryInside('echo ran', { files: [file] })
    expect([error?.code, stdout]).toEqual(['VERIFICATION_FAILED', ''])
  })

  it.each(['../escape', '/etc/passwd', 'a//b', 'a/./b', '', 'line\nbreak', 'a/../../b'])(
    'takes no file as %j',
    async (path) => {
      const { error } = await tryInside('true', { files: [weights(path, Buffer.of(1))] })
      expect(error?.code).toBe('REQUEST_INVALID')
    },
  )

  it('passes on why the weights could not be read, and runs nothing', async () => {
    const refused = new AppError('FORBIDDEN', 'this grant opens nothing now')
    const file = {
      ...weights('m', Buffer.alloc(MIB)),
      async *open() {
        yield Buffer.alloc(1_000)
        throw refused
      },
    }
    const { error, stdout } = await tryInside('echo ran', { files: [file] })
    expect([error, stdout]).toEqual([refused, ''])
  })

  it('lets out plain files with their digests, and nothing else', async () => {
    const out = join(folder.path, 'out')
    const script = `cd /out; mkdir -p deep/er; echo one >one; echo two >deep/er/two; chmod 6777 one; chmod 000 deep/er/two; ln -s /etc/shadow link
      ln -s / root; mkfifo pipe; : >empty; touch "$(printf 'bad\\nname')" "$(printf 'esc\\033[31m')" "$(printf 'not\\377utf8')"; exit 7`
    const { outcome } = await tryInside(script, { outDir: out })
    expect(outcome?.status).toBe(7)
    expect(outcome?.out.map(({ path, sizeBytes }) => [path, sizeBytes])).toEqual([
      ['deep/er/two', 4],
      ['empty', 0],
      ['one', 4],
    ])
    expect(outcome?.out.map((file) => file.sha256)).toEqual([sha256('two\n'), sha256(''), sha256('one\n')])
    expect(outcome?.left.map(({ path }) => path).sort()).toEqual(
      ['"bad\\nname"', '"esc\\u001b[31m"', '"link"', '"notÿutf8"', '"pipe"', '"root"'].sort(),
    )
    expect(readdirSync(out, { recursive: true }).sort()).toEqual(['deep', 'deep/er', 'deep/er/two', 'empty', 'one'])
    expect(readFileSync(join(out, 'deep/er/two'), 'utf8')).toBe('two\n')
    expect(statSync(join(out, 'one')).mode & 0o7777).toBe(0o600)
  })

  it.each([
    ['large', 'head -c 3000000 /dev/zero >/out/x'],
    ['sparse, and so larger than it takes', 'truncate -s 1G /out/x'],
    ['of many names', 'head -c 400000 /dev/zero >/out/x; for i in 1 2 3 4; do ln /out/x /out/$i; done'],
    ['many', 'mkdir /out/d; cd /out/d; seq 12000 | xargs touch'],
    ['deep', 'cd /out; for i in $(seq 60); do mkdir d; cd d; done'],
  ])('lets nothing out when it is too much: %s', async (_, script) => {
    const out = join(folder.path, 'never')
    const { error } = await tryInside(script, { outDir: out })
    expect(error?.code).toBe('SANDBOX_LIMIT')
    expect([existsSync(out), existsSync(`${out}.part`)]).toEqual([false, false])
  })

  it('lets out as much as the limit says', async () => {
    const { outcome } = await tryInside('head -c 1048576 /dev/zero >/out/x')
    expect(outcome?.out.map(({ sizeBytes }) => sizeBytes)).toEqual([MIB])
  })

  it('writes out to no folder in which something lies', async () => {
    writeFileSync(join(folder.path, 'mine'), 'mine')
    expect((await tryInside('echo x >/out/x', { outDir: folder.path })).error?.code).toBe('REQUEST_INVALID')
    expect(readFileSync(join(folder.path, 'mine'), 'utf8')).toBe('mine')
  })

  it('removes nothing that was there', async () => {
    mkdirSync(join(folder.path, 'kept.part'))
    writeFileSync(join(folder.path, 'kept.part/mine'), 'mine')
    expect((await tryInside('echo x >/out/x', { outDir: join(folder.path, 'kept') })).error?.code).toBe(
      'REQUEST_INVALID',
    )
    expect(readFileSync(join(folder.path, 'kept.part/mine'), 'utf8')).toBe('mine')
  })

  it('ends a command that prints more than it may', async () => {
    const { error, stdout } = await tryInside('cat /dev/zero', { printLimitBytes: 100_000 })
    expect([error?.code, stdout.length]).toEqual(['SANDBOX_LIMIT', 100_000])
  })

  it('counts what goes to standard error with the rest', async () => {
    const { outcome, stderr } = await tryInside('echo 12345; echo 1234567 >&2; echo x >/dev/stderr')
    expect([outcome?.printedBytes, stderr]).toEqual([16, '1234567\nx\n'])
  })

  it('hands on what comes in', async () => {
    const { stdout } = await tryInside('tr a-z A-Z', {
      stdin: Readable.from([Buffer.from('hello '), Buffer.from('there')]),
    })
    expect(stdout).toBe('HELLO THERE')
  })

  it('says of a program that is not there what any shell would', async () => {
    const { outcome, stderr } = await tryInside(['/no/such/program'])
    expect(outcome?.status).not.toBe(0)
    expect(stderr).toContain('No such file')
  })

  it('ends when it is told to', async () => {
    const reason = new AppError('FORBIDDEN', 'the grant was revoked')
    const began = performance.now()
    const stop = new AbortController()
    setTimeout(() => stop.abort(reason), 500)
    const { error } = await tryInside('trap "" TERM INT; sleep 1000', { signal: stop.signal })
    expect(error).toBe(reason)
    expect(performance.now() - began).toBeLessThan(5_000)
  })

  it('takes no weights that would not fit into memory', async () => {
    const { error } = await tryInside('true', { files: [{ ...weights('m', Buffer.of(1)), sizeBytes: 2 ** 50 }] })
    expect(error?.code).toBe('SANDBOX_UNAVAILABLE')
    expect(error?.message).toMatch(/the weights take 1,073,741,824 MiB of memory/)
  })

  describe('with a destination', () => {
    let server: Server
    let port = 0
    beforeAll(async () => {
      server = createServer((socket) => {
        socket.on('error', () => {})
        socket.on('data', (chunk) => socket.write(chunk))
        socket.on('end', () => socket.end())
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const address = server.address()
      port = typeof address === 'object' && address !== null ? address.port : 0
    })
    afterAll(() => void server.close())

    /** Speaks CONNECT by hand: `bash` has TCP. */
    const tunnel = (to: string, then: string) =>
      `exec 3<>/dev/tcp/127.0.0.1/3128; printf 'CONNECT ${to} HTTP/1.1\\r\\nhost: ${to}\\r\\n\\r\\n' >&3; read -r line <&3; echo "$line"; ${then}`
    const bash = (script: string) => ['/bin/bash', '-c', script]

    it('reaches it through the proxy, and counts', async () => {
      const talk = `read -r line <&3; printf 'hello there\\n' >&3; read -r line <&3; echo "$line"`
      const { stdout, outcome } = await tryInside(bash(tunnel(`127.0.0.1:${port}`, talk)), {
        destination: { host: '127.0.0.1', port, limitBytes: 1_000 },
      })
      expect(stdout).toBe('HTTP/1.1 200 Connection established\r\nhello there\n')
      expect(outcome?.destination).toEqual({ upBytes: 12, downBytes: 12, connections: 1, refused: 0 })
    })

    it('reaches nothing else', async () => {
      const elsewhere = [`127.0.0.1:${port + 1}`, '192.0.2.1:443', `localhost:${port}`, `127.0.0.1:${port}@x`]
      const script = elsewhere.map((to) => `(${tunnel(to, 'true')})`).join('; ')
      const get = `; exec 3<>/dev/tcp/127.0.0.1/3128; printf 'GET http://127.0.0.1:${port}/ HTTP/1.0\\r\\n\\r\\n' >&3; head -1 <&3`
      const { stdout, outcome } = await tryInside(bash(script + get), {
        destination: { host: '127.0.0.1', port, limitBytes: 1_000 },
      })
      const answers = stdout.trim().split(/\r?\n/)
      expect(answers).toEqual([...elsewhere.map(() => 'HTTP/1.1 403 Forbidden'), 'HTTP/1.1 405 Method Not Allowed'])
      expect(outcome?.destination).toEqual({ upBytes: 0, downBytes: 0, connections: 0, refused: 5 })
    })

    it('ends a command that sends more than it may', async () => {
      const { error } = await tryInside(bash(tunnel(`127.0.0.1:${port}`, 'cat /dev/zero >&3')), {
        destination: { host: '127.0.0.1', port, limitBytes: 100_000 },
      })
      expect(error?.code).toBe('SANDBOX_LIMIT')
    })
  })
})
