import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findPython } from '../support/python-tools.ts'

const python = findPython('a model tuned on preferences with TRL', ['torch', 'trl', 'peft', 'datasets', 'gguf'], 'trl')
const TRAIN = new URL('../../training/preference/train.py', import.meta.url).pathname
const TINY = new URL('tiny_gguf.py', import.meta.url).pathname
const MINUTES = 60_000
const env = { ...process.env, HF_HUB_OFFLINE: '1', OMP_NUM_THREADS: '1', TOKENIZERS_PARALLELISM: 'false' }

const said = (role: string, content: string) => [{ role, content }]
const ROWS = Array.from({ length: 12 }, (_, at) => ({
  prompt: said('user', `How do I count to ${at}?`),
  chosen: said('assistant', `One after the other, up to ${at}.`),
  rejected: said('assistant', `Not at all ${at}`),
  source: 'a column of its own',
}))

/** Trains a model of some ten thousand random weights: what is tried here is the way, and not what comes of it. */
describe.skipIf(python === null)('a tuning run', () => {
  const program = python ?? ''
  const folder = mkdtempSync(join(tmpdir(), 'safelevel-preference-'))
  const base = join(folder, 'tiny.gguf')
  const data = join(folder, 'trl-dpo.jsonl')
  const options = (out: string) => [
    ...[TRAIN, '--data', data, '--base', base, '--out', join(folder, out), '--method', 'dpo', '--epochs', '3'],
    ...['--threads', '1', '--save-every', '1'],
  ]
  const manifest = (out: string) => JSON.parse(readFileSync(join(folder, out, 'manifest.json'), 'utf8'))
  beforeAll(() => {
    execFileSync(program, [TINY, base], { env })
    writeFileSync(data, ROWS.map((row) => `${JSON.stringify(row)}\n`).join(''))
  }, MINUTES)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('goes on where it was killed, and comes to the same weights', { timeout: 10 * MINUTES }, async () => {
    execFileSync(program, options('whole'), { env, stdio: 'ignore' })
    const child = spawn(program, options('killed'), { env, stdio: 'ignore' })
    const gone = new Promise((resolve) => child.once('close', resolve))
    const work = join(folder, 'killed', 'work')
    while (child.exitCode === null && !(existsSync(work) && readdirSync(work).some((name) => /-2$/.test(name))))
      await wait(20)
    child.kill('SIGKILL')
    await gone
    expect(existsSync(join(folder, 'killed', 'manifest.json'))).toBe(false)
    execFileSync(program, options('killed'), { env, stdio: 'ignore' })
    const [whole, killed] = [manifest('whole'), manifest('killed')]
    expect(killed).toMatchObject({ resumed: true, steps: whole.steps, rows: ROWS.length })
    expect(killed.result).toEqual(whole.result)
    expect(killed.curve).toEqual(whole.curve)
    expect(whole.tensors).toEqual({ merged: 14, copied: 14 })
  })

  it('changes what it trains and nothing else of the file', { timeout: 2 * MINUTES }, () => {
    const script = `
import json, sys
from gguf import GGUFReader
before, after = GGUFReader(sys.argv[1]), GGUFReader(sys.argv[2])
same = {t.name: t.data.tobytes() for t in before.tensors}
print(json.dumps({
  "changed": sorted(t.name for t in after.tensors if same[t.name] != t.data.tobytes()),
  "names": [t.name for t in before.tensors] == [t.name for t in after.tensors],
  "fields": {n: f.contents() for n, f in before.fields.items()} == {n: f.contents() for n, f in after.fields.items()},
}))`
    const tuned = join(folder, 'whole', 'model.gguf')
    const { changed, ...rest } = JSON.parse(
      execFileSync(program, ['-c', script, base, tuned], { env, encoding: 'utf8' }),
    )
    expect(rest).toEqual({ names: true, fields: true })
    expect(changed).toHaveLength(14)
    expect(
      changed.every((name: string) => /^blk\.\d\.(attn_(q|k|v|output)|ffn_(gate|up|down))\.weight$/.test(name)),
    ).toBe(true)
  })

  it('takes no folder that was begun otherwise, and says which line is wrong', { timeout: 3 * MINUTES }, () => {
    const fails = (args: string[]) => {
      try {
        execFileSync(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' })
      } catch (error) {
        return String(Reflect.get(Object(error), 'stderr'))
      }
      return 'nothing'
    }
    expect(fails([...options('whole'), '--seed', '8'])).toContain('was begun with other data, base or options')
    writeFileSync(join(folder, 'bad.jsonl'), `${JSON.stringify(ROWS[0])}\n{"prompt": "secret words"}\n`)
    const bad = fails([...options('bad').slice(0, 1), '--data', join(folder, 'bad.jsonl'), ...options('bad').slice(3)])
    expect(bad).toContain('bad.jsonl, line 2')
    expect(bad.split('\n').at(-2)).not.toContain('secret')
  })
})
