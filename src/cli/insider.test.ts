import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))

let root = ''
let data = ''
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'safelevel-insider-'))
  data = join(root, 'data')
  const parameters = join(root, 'parameters.json')
  writeFileSync(
    parameters,
    JSON.stringify({ 'models.gigabytes': 8, 'content.readsPerDay': [2, 3], 'outside.commandsPerDay': 1 }),
  )
  const asked = ['--people', '40', '--days', '30', '--seed', '3', '--campaigns', '3']
  const made = await insider(
    'simulate',
    ...asked,
    '--kinds',
    'glass-abuse,canary-theft',
    '--parameters',
    parameters,
    '--out',
    data,
    '--json',
  )
  expect(made.err).toBe('')
  expect(JSON.parse(made.out)).toMatchObject({ synthetic: true, people: 40, days: 30, seed: 3, campaigns: 3 })
}, 120_000)
afterAll(() => rmSync(root, { recursive: true, force: true }))

function insider(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { PATH: process.env.PATH ?? '', NO_COLOR: '1', SAFELEVEL_DATA_DIR: join(root, 'installation') }
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'insider', ...args], { env, maxBuffer: 1 << 26 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })
}

describe('safelevel insider', () => {
  it('simulates into a folder that others can make too', () => {
    const manifest = JSON.parse(readFileSync(join(data, 'manifest.json'), 'utf8'))
    expect(manifest).toMatchObject({
      format: 'safelevel-insider/v1',
      synthetic: true,
      origin: 'simulation',
      people: 40,
      days: 30,
    })
    expect(readdirSync(data).filter((name) => /^activity-\d{4}-\d{2}-\d{2}\.jsonl$/.test(name))).toHaveLength(30)
    const truths = readFileSync(join(data, 'truth.jsonl'), 'utf8').trim().split('\n')
    expect(truths.map((line) => JSON.parse(line).kind)).toContain('glass-abuse')
  })

  it('scores it as JSON, in words and in plots, and calls it synthetic everywhere', async () => {
    const json = await insider('score', '--data', data, '--resamples', '200', '--json')
    const score = JSON.parse(json.out)
    expect(score).toMatchObject({ format: 'safelevel-insider-score/v1', synthetic: true, planted: 3, scoredDays: 20 })
    for (const at of ['at1', 'at5', 'at10']) expect(score.recall[at]).toBeGreaterThanOrEqual(0)
    expect(score.recall.at10).toBeGreaterThan(0)
    const plots = join(root, 'plots')
    const words = await insider('score', '--data', data, '--resamples', '200', '--plots', plots)
    expect(words.out).toContain('Synthetic evidence: nobody in it exists')
    expect(words.out).toMatch(/canary-theft +\d/)
    expect(readFileSync(join(plots, 'index.html'), 'utf8')).toContain('Synthetic evidence')
    expect(readdirSync(plots).sort()).toEqual(['bytes-lost.svg', 'index.html', 'kinds.svg', 'recall.svg'])
  }, 120_000)

  it('replays it, with reasons', async () => {
    const { out, err, code } = await insider('replay', '--data', data, '--json')
    expect([code, err]).toEqual([0, 'synthetic evidence: nobody in it exists\n'])
    const alerts = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(alerts.some(({ isCertain, reasons }) => isCertain && reasons.length > 0)).toBe(true)
  }, 60_000)

  it('imports what others published', async () => {
    const from = join(root, 'lanl')
    mkdirSync(from)
    writeFileSync(join(from, 'auth.txt'), '1,U1@DOM1,U1@DOM1,C1,C2,Kerberos,Network,LogOn,Success\n')
    const { out, code } = await insider(
      'import',
      '--format',
      'lanl',
      '--from',
      from,
      '--out',
      join(root, 'imported'),
      '--json',
    )
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ origin: 'lanl-cyber1', activities: 1, campaigns: 0 })
  })

  it.each([
    [['simulate', '--people', '40', '--days', '3', '--out', 'DATA'], 'is not empty'],
    [['simulate', '--people', '3', '--out', 'NEW'], 'A whole number from 20'],
    [['simulate', '--kinds', 'nonsense', '--out', 'NEW'], 'there is no campaign nonsense'],
    [['simulate', '--parameters', 'NEW', '--out', 'NEW'], 'no JSON file that can be read'],
    [['score', '--data', 'NEW'], 'no folder of activities with their truth'],
    [['replay'], 'name either --data DIR or --from-ledger'],
    [['import', '--format', 'cert', '--from', 'DATA', '--out', 'NEW'], 'no folder of a CERT data set'],
  ])('says what is wrong: %j', async (args, says) => {
    const places: Record<string, string> = { DATA: data, NEW: join(root, 'new') }
    const { code, err } = await insider(...args.map((arg) => places[arg] ?? arg))
    expect(err).toContain(says)
    expect(code).toBeGreaterThan(0)
    expect(existsSync(join(root, 'new'))).toBe(false)
  })
})
