import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { NOUNS } from './nouns.ts'
import { openProgram, run } from './program.ts'

describe('safelevel', () => {
  afterEach(() => vi.restoreAllMocks())

  it('takes --version for its own only before a command: `vault put` has another', async () => {
    const said: string[] = []
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0)
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0)
    const absent = join(import.meta.dirname, 'no-such-weights')
    expect(await run(['node', 'safelevel', '--version'])).toBe(0)
    expect(said.splice(0).join('')).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect(await run(['node', 'safelevel', 'vault', 'put', absent, '--model', 'orca', '--version', 'one'])).not.toBe(0)
    expect(said.join('')).not.toMatch(/^\d+\.\d+\.\d+\n/)
  })

  it('has a help that fits a terminal, names what to do first, and every command in a line', async () => {
    const text = (await openProgram('')).helpInformation({ error: false })
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([])
    expect(text.indexOf('safelevel serve')).toBeLessThan(text.indexOf('Options:'))
    const names = Object.values(NOUNS).flatMap((nouns) => Object.keys(nouns))
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(text).toMatch(new RegExp(`^  ${name} +\\S`, 'm'))
  })

  it('makes each command under the name by which it is asked for', async () => {
    const whole = await openProgram()
    expect(whole.commands.map((one) => one.name())).toEqual(Object.values(NOUNS).flatMap((nouns) => Object.keys(nouns)))
  })

  it('says of a command that there isn’t which one may be meant, and where they all stand', async () => {
    const said: string[] = []
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0)
    expect(await run(['node', 'safelevel', 'valt', 'put'])).toBe(2)
    expect(said.join('')).toMatch(/unknown command 'valt'\n\(Did you mean vault\?\)\nsafelevel --help/)
    expect(said.join('').split('\n').length).toBeLessThan(5)
  })
})
