import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { run } from './program.ts'

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
})
