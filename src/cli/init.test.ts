import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { findPython } from '../../test/support/python-tools.ts'
import { atTerminal, type Step } from '../../test/support/terminal.ts'
import { parseConfig } from '../base/config.ts'

const PYTHON = findPython('safelevel init at a terminal', ['pty'])
const MAIN = join(import.meta.dirname, 'main.ts')

describe.skipIf(PYTHON === null)('safelevel init at a terminal', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'safelevel-init-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const init = (steps: readonly Step[], ...options: string[]) =>
    atTerminal(PYTHON ?? '', [process.execPath, MAIN, 'init', ...options], steps, folder)
  const written = () => parseConfig(parse(readFileSync(join(folder, 'safelevel.yaml'), 'utf8')))

  it.each([
    ['small-team', '\r', false],
    ['lab', 'lab\r', false],
    ['platform', '3\r', true],
  ])('asks, and writes a configuration for %s that a server takes', async (preset, chosen, shared) => {
    const { shown, status } = await init([
      ['How large?', chosen],
      ['Who runs it?', 'Example Research\r'],
      ['Where to report', 'mailto:security@example.com\r'],
      ['will the public reach it?', 'https://ai.example.com\r'],
      ['What runs the model?', 'ollama\r'],
      ['Where is it?', '\r'],
      ['Which model?', 'orca\r'],
    ])
    expect([status, shown]).toEqual([0, expect.stringContaining('written: ')])
    expect(readFileSync(join(folder, 'safelevel.yaml'), 'utf8')).toContain(`for: ${preset} (`)
    expect(written()).toMatchObject({
      organisation: { name: 'Example Research', securityContact: 'mailto:security@example.com' },
      publicUrl: 'https://ai.example.com',
      models: [{ name: 'orca' }],
      ledger: { shared },
    })
  })

  it('says at once what is wrong with an answer, and asks again', async () => {
    const { shown, status } = await init([
      ['How large?', '7\r'],
      ['a number from 1 to 3, or a name: small-team, lab, platform', '1\r'],
      ['Who runs it?', '\r'],
      ['Where to report', 'somebody\r'],
      ['organisation.securityContact', 'tel:+49301234\r'],
      ['will the public reach it?', 'ai.example.com\r'],
      ['publicUrl', '\r'],
      ['What runs the model?', '\r'],
    ])
    expect([status, shown]).toEqual([0, expect.stringContaining('written: ')])
    expect(written().organisation.securityContact).toBe('tel:+49301234')
  })

  it.each([
    ['Ctrl-C', '\u0003'],
    ['the end of the input', '\u0004'],
  ])('leaves nothing behind at %s', async (_, key) => {
    const { shown, status } = await init([
      ['How large?', '\r'],
      ['Who runs it?', key],
    ])
    expect([status, shown]).toEqual([130, expect.stringContaining('nothing was written')])
    expect(shown).not.toMatch(/INTERNAL|AbortError/)
    expect(readdirSync(folder)).toEqual([])
  })

  it('asks nothing where no answer would do: a file is there, an option is wrong', async () => {
    const wrong = await init([], '--contact', 'somebody')
    expect([wrong.status, wrong.shown]).toEqual([2, expect.stringContaining('CONFIG_INVALID')])
    writeFileSync(join(folder, 'safelevel.yaml'), 'dataDir: ./mine\n')
    const { shown, status } = await init([])
    expect([status, shown]).toEqual([5, expect.stringContaining('is left as it is')])
    expect(readFileSync(join(folder, 'safelevel.yaml'), 'utf8')).toBe('dataDir: ./mine\n')
  })
})
