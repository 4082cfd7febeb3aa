import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { ReadStream, WriteStream } from 'node:tty'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { askNewPassphrase, askPassphrase } from './ask-passphrase.ts'
import { rootKeyCommand } from './vault-root-key.ts'

let dir: string
let file: string
const printed: string[] = []
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'safelevel-root-key-'))
  file = join(dir, 'root.json')
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line))
})
afterEach(() => {
  vi.restoreAllMocks()
  printed.length = 0
  rmSync(dir, { recursive: true, force: true })
})

const run = (args: string[], env: NodeJS.ProcessEnv = {}) =>
  rootKeyCommand(env)
    .exitOverride()
    .parseAsync([...args, '--json'], { from: 'user' })
const answers = () => printed.map((line) => JSON.parse(line))
const failing = (code: string) => expect.objectContaining({ code })

describe('a root key in a file', () => {
  it('is made once, rotated, and put under a passphrase', async () => {
    await run(['init', file])
    await expect(run(['init', file])).rejects.toThrow(failing('CONFLICT'))
    await run(['rotate', file])
    await run(['protect', file, '--new-passphrase-env', 'P'], { P: 'correct horse battery' })
    const passphraseFile = join(dir, 'passphrase')
    writeFileSync(passphraseFile, 'correct horse battery\n')
    await run(['rotate', file, '--passphrase-file', passphraseFile])
    await expect(run(['rotate', file])).rejects.toThrow(failing('CONFIG_INVALID'))
    await expect(run(['rotate', file, '--passphrase-env', 'P'], { P: 'another passphrase' })).rejects.toThrow(
      failing('VERIFICATION_FAILED'),
    )
    expect(answers().map(({ versions }) => versions)).toEqual([1, 2, 2, 3])
    expect(new Set(answers().map(({ id }) => id)).size).toBe(1)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8')).toContain('"scrypt"')
  })

  it('is not made with half a passphrase', async () => {
    await expect(run(['init', file, '--passphrase-env', 'P'])).rejects.toThrow(failing('CONFIG_INVALID'))
    await expect(run(['init', file, '--passphrase-env', 'P'], { P: 'short' })).rejects.toThrow(
      failing('CONFIG_INVALID'),
    )
    await expect(run(['init', file, '--passphrase-env', 'P', '--passphrase-file', 'p'])).rejects.toThrow()
    await expect(run(['init', file, '--passphrase'])).rejects.toThrow(failing('REQUEST_INVALID'))
  })
})

describe('a passphrase on the terminal', () => {
  /** A terminal at which somebody types. */
  function terminal() {
    const [input, output] = [new PassThrough(), new PassThrough()]
    const raw: boolean[] = []
    Object.assign(input, { isTTY: true, setRawMode: (mode: boolean) => raw.push(mode) })
    const shown: string[] = []
    output.setEncoding('utf8').on('data', (text: string) => shown.push(text))
    return {
      input: input as unknown as ReadStream,
      output: output as unknown as WriteStream,
      type: (keys: string) => input.write(keys),
      raw,
      shown,
    }
  }

  it('is read without being shown, and can be mended', async () => {
    const { input, output, type, raw, shown } = terminal()
    const asked = askPassphrase('Passphrase: ', input, output)
    for (const keys of ['nonsense\u0015', 'Zürx\u007f', 'ich\r']) type(keys)
    expect(await asked).toBe('Zürich')
    expect(shown.join('')).toBe('Passphrase: \n')
    expect(raw).toEqual([true, false])
  })

  it('is asked for twice when it is new, and can be broken off', async () => {
    const one = terminal()
    const asked = askNewPassphrase(one.input, one.output)
    one.type('first\r')
    setTimeout(() => one.type('second\r'), 20)
    await expect(asked).rejects.toThrow(failing('REQUEST_INVALID'))
    const two = terminal()
    const broken = askPassphrase('Passphrase: ', two.input, two.output)
    two.type('half\u0003')
    await expect(broken).rejects.toThrow('broken off')
    expect(two.raw).toEqual([true, false])
  })
})
