import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { testString } from '../screening/index.ts'

const dir = mkdtempSync(join(tmpdir(), 'bench-cli-'))
afterAll(() => rmSync(dir, { recursive: true }))

/**
 * Runs the command as its own process, as people do; `onStart` may disturb it. The screen, which opens at once, is measured unless `args` name
 * another classifier.
 */
function run(args: readonly string[], onStart?: (kill: (signal: NodeJS.Signals) => void) => void) {
  const chosen = args.includes('--classifier') ? [] : ['--classifier', 'screen']
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), 'bench', ...args, ...chosen])
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk
  })
  onStart?.((signal) => child.kill(signal))
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, ...output }))
  })
}

function dataFile(name: string, rows: readonly object[], extra = ''): string {
  const path = join(dir, name)
  writeFileSync(path, `${rows.map((row) => JSON.stringify(row)).join('\n')}\n${extra}`)
  return path
}

const harmful = (text: string) => ({ text, role: 'prompt', harmful: 1, category: 'marked', kind: 'direct' })
const harmless = (text: string) => ({ text, role: 'prompt', harmful: 0, category: 'kitchen', kind: 'benign' })
const ROWS = [
  harmful(testString('hate')),
  harmful(`Please read: ${testString('privacy')}`),
  harmless('How do I bake bread with rye flour?'),
  harmless('Which herbs go with roasted carrots?'),
  { ...harmless('Both sides of it'), harmful: null },
]

describe('safelevel bench classifier', () => {
  it('ends with one line of JSON that holds the figures and their intervals', async () => {
    const data = dataFile('plain.jsonl', ROWS, 'not json\n')
    const { code, stdout } = await run(['classifier', '--data', data, '--json'])
    expect(code).toBe(0)
    expect(stdout.trim().split('\n')).toHaveLength(1)
    expect(JSON.parse(stdout)).toMatchObject({
      auprc: 1,
      auprcInterval: [1, 1],
      auroc: 1,
      aurocInterval: [1, 1],
      f1: 1,
      f1Interval: [1, 1],
      recall: 1,
      recallInterval: [expect.any(Number), 1],
      fpr: 0,
      fprInterval: [0, expect.any(Number)],
      recallAt1PercentFpr: 1,
      counts: { judged: 4, unlabelled: 1, malformed: 1 },
      perFile: [{ file: 'plain.jsonl', malformedLines: [6], sha256: expect.any(String) }],
      latency: { p50Ms: expect.any(Number), p99Ms: expect.any(Number) },
      environment: { node: process.version },
      classifier: expect.stringMatching(/^linear-screen@/),
    })
  })

  it('prints a table without texts, unless they are asked for', async () => {
    const data = dataFile('missed.jsonl', [...ROWS, harmful('Nothing at all about gardens')])
    const plain = await run(['classifier', '--data', data])
    expect(plain.stdout).toMatch(/recall at the thresholds\s+66\.7 %/)
    expect(plain.stdout).toContain('missed: marked')
    expect(plain.stdout).not.toContain('gardens')
    const shown = await run(['classifier', '--data', data, '--show-errors', '2'])
    expect(shown.stdout).toMatch(
      /Harmful, not flagged\n.*missed\.jsonl:6 direct, marked\n\s+Nothing at all about gardens/,
    )
  })

  it('writes both reports, without texts, and the same figures for the same seed', async () => {
    const data = dataFile('report.jsonl', ROWS)
    const figures = async (out: string) => {
      expect((await run(['classifier', '--data', data, '--out', out, '--limit', '3', '--seed', '7'])).code).toBe(0)
      expect(readdirSync(out).sort()).toEqual(['classifier.html', 'classifier.json'])
      const html = readFileSync(join(out, 'classifier.html'), 'utf8')
      expect(html).not.toMatch(/carrots|THEREARENOBADWORDS/)
      const { time, latency, command, environment, ...rest } = JSON.parse(
        readFileSync(join(out, 'classifier.json'), 'utf8'),
      )
      return rest
    }
    expect(await figures(join(dir, 'out-1'))).toEqual(await figures(join(dir, 'out-2')))
  })

  it('tells files with the same name apart, and counts one that is given twice once', async () => {
    const folders = ['left', 'right'].map((name) => {
      mkdirSync(join(dir, name))
      return dataFile(join(name, 'same.jsonl'), ROWS)
    })
    const args = [...folders, ...folders].flatMap((path) => ['--data', path])
    const { stdout } = await run(['classifier', ...args, '--json'])
    const report = JSON.parse(stdout)
    expect(report.rows).toBe(8)
    expect(report.perFile.map(({ file }: { file: string }) => file)).toEqual(folders)
    expect(report.perCategory).toHaveLength(4)
  })

  it.each([
    ['no file', ['--data', '/nonexistent.jsonl'], 'REQUEST_INVALID'],
    ['no readable row', ['--data', dataFile('bad.jsonl', [], 'x\ny\n')], 'REQUEST_INVALID'],
    ['no labelled row', ['--data', dataFile('unlabelled.jsonl', [{ ...ROWS[0], harmful: null }])], 'REQUEST_INVALID'],
    ['an unknown classifier', ['--data', dataFile('a.jsonl', ROWS), '--classifier', 'nobody'], 'REQUEST_INVALID'],
  ])('says that there is %s', async (_, args, code) => {
    const { code: exit, stdout } = await run(['classifier', ...args, '--json'])
    expect(exit).toBe(2)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code } })
  })

  it('refuses a limit that is no number, and no data at all', async () => {
    const data = dataFile('b.jsonl', ROWS)
    expect((await run(['classifier', '--data', data, '--limit', '0'])).code).toBe(2)
    expect((await run(['classifier', '--data', data, '--seed', 'x'])).code).toBe(2)
    expect((await run(['classifier'])).code).toBe(2)
  })

  it('says on Ctrl-C what was done, and reports it', async () => {
    const long = 'How do I bake bread with rye flour and plenty of seeds? '.repeat(400)
    const rows = Array.from({ length: 3_000 }, (_, at) => harmless(`${at} ${long}${at}`))
    const data = dataFile('many.jsonl', rows)
    const { code, stdout, stderr } = await run(['classifier', '--data', data, '--json'], (kill) =>
      setTimeout(() => kill('SIGINT'), 2_500),
    )
    expect(stderr).toMatch(/interrupted: [\d,]+ of 3,000 judged/)
    expect(code).toBe(130)
    expect(JSON.parse(stdout)).toMatchObject({ interrupted: true })
  })
})

describe('safelevel bench robustness', () => {
  it('reports recall under every transform, as JSON and as a page', async () => {
    const data = dataFile('robust.jsonl', ROWS)
    const out = join(dir, 'robust-out')
    const { code, stdout } = await run(['robustness', '--data', data, '--json', '--out', out])
    expect(code).toBe(0)
    const report = JSON.parse(stdout)
    expect(report).toMatchObject({ harmful: 2, harmless: 2, recall: 1 })
    for (const { name, family, recall } of report.transforms) {
      if (family === 'disguise') expect(recall, name).toMatchObject({ count: 2, of: 2 })
    }
    expect(readFileSync(join(out, 'robustness.html'), 'utf8')).not.toMatch(/carrots|THEREARENOBADWORDS/)
  })

  it('prints the families as a table', async () => {
    const { stdout } = await run(['robustness', '--data', dataFile('table.jsonl', ROWS), '--limit', '1'])
    expect(stdout).toContain('Jailbreak wrappers')
    expect(stdout).toMatch(/base64 twice\s+100\.0 %/)
  })

  it('needs prompts', async () => {
    const data = dataFile('answers.jsonl', [{ ...ROWS[0], role: 'completion' }])
    expect((await run(['robustness', '--data', data])).code).toBe(2)
  })
})
