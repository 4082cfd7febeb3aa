import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { startApp } from '../../test/support/running-app.ts'
import { evalForecast } from './eval-forecast.ts'

describe('safelevel eval forecast', () => {
  afterEach(() => {
    vi.restoreAllMocks()
    process.exitCode = undefined
  })

  it('draws the curve as far as it may be read, and exits 1 beyond', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'safelevel-forecast-'))
    await using running = await startApp()
    const by = { type: 'operator', id: 'operator' } as const
    const { registry } = running.app.modelRooms
    await registry.checkpoints.record({ model: 'atlas', checkpoint: 'c1', flops: 2e22 }, by)
    await registry.runs.declare({ model: 'atlas', run: 'r1', plannedFlops: 6e22 }, by)
    const lossAt = (flops: number) => 1.7 + 0.9 * (flops / 1e22) ** -0.15
    const points = [1e20, 3e20, 1e21, 3e21, 1e22, 1e23].map((flops) => ({ flops, loss: lossAt(flops) }))
    await registry.lines.setFamily('atlas', { lossSet: 'frozen', points }, by)
    const env = { SAFELEVEL_URL: running.controlUrl, SAFELEVEL_TOKEN: running.app.operatorToken }
    const printed: string[] = []
    vi.spyOn(console, 'log').mockImplementation((text) => void printed.push(String(text)))
    const ask = async (...args: string[]) => {
      printed.length = 0
      process.exitCode = undefined
      await evalForecast(env).parseAsync(['node', 'forecast', '--model', 'atlas', ...args])
      return [process.exitCode ?? 0, printed.join('\n')] as const
    }
    const svg = join(dir, 'f.svg')
    const [code, text] = await ask('--svg', svg)
    expect(code).toBe(0)
    expect(text).toContain('At 6.00e22 FLOP: 3 times (upper bound)')
    expect(text).toContain('o measured, * expected')
    expect(readFileSync(svg, 'utf8')).toMatch(/^<svg [\s\S]*<title [\s\S]*<\/svg>\n$/)
    expect(await ask('--flops', '1e25')).toEqual([1, expect.stringContaining('the RSO has to say that it holds there')])
    const [, json] = await ask('--run', 'r1', '--json')
    expect(JSON.parse(json)).toMatchObject({ model: 'atlas', target: { flops: 6e22 }, refused: null })
    await expect(ask('--run', 'none')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    rmSync(dir, { recursive: true })
  }, 60_000)
})
