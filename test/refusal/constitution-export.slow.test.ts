import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { EXPORT_FORMATS } from '../../src/refusal/constitution/index.ts'
import { findPython } from '../support/python-tools.ts'
import { ScriptedServer, Workshop } from './constitution-world.ts'

const python = findPython(
  'that TRL’s trainers take what is exported',
  ['trl', 'datasets', 'transformers', 'torch'],
  'trl',
)
const TRAINERS = fileURLToPath(new URL('./trainers.py', import.meta.url))
/** Importing torch and its kin takes most of it. */
const LONG_MS = 1_200_000

it.skipIf(python === null)(
  'every export loads in `datasets`, and TRL’s trainers take a step on it',
  async () => {
    using workshop = new Workshop(12, 4)
    await using server = await ScriptedServer.start(0)
    const made = await workshop.run([
      ...['generate', '--prompts', workshop.path('harmful.jsonl'), '--helpful', workshop.path('helpful.jsonl')],
      ...['--model', 'scripted', '--base-url', server.url, '--out', workshop.path('set'), '--rounds', '1', '--json'],
    ])
    expect(made).toMatchObject({ code: 0, err: '' })
    const { sft, preference } = JSON.parse(made.out).manifest.records
    expect(sft).toBeGreaterThan(4)
    expect(preference).toBeGreaterThan(4)
    const paths: Record<string, string> = {}
    for (const format of EXPORT_FORMATS) {
      paths[format] = workshop.path(`${format}.jsonl`)
      const said = await workshop.run([
        'export',
        workshop.path('set'),
        '--format',
        format,
        '--out',
        paths[format],
        '--json',
      ])
      expect(said).toMatchObject({ code: 0, err: '' })
    }
    const env = { ...process.env, HF_HUB_OFFLINE: '1', OMP_NUM_THREADS: '1', CUDA_VISIBLE_DEVICES: '' }
    const printed = execFileSync(python ?? '', [TRAINERS], {
      input: JSON.stringify(paths),
      env,
      encoding: 'utf8',
      timeout: LONG_MS,
    })
    const told = JSON.parse(printed.trim().split('\n').at(-1) ?? '')
    const rowsOf = (format: string) => (format === 'trl-sft' ? sft : format === 'trl-kto' ? 2 * preference : preference)
    for (const format of EXPORT_FORMATS) expect(told[format], format).toMatchObject({ rows: rowsOf(format) })
    for (const format of ['trl-sft', 'trl-dpo', 'trl-dpo-implicit', 'trl-kto', 'alignment-handbook']) {
      expect(told[format], format).toMatchObject({ prepared: rowsOf(format), loss: expect.any(Number) })
      expect(told[format].loss).toBeGreaterThan(0)
    }
  },
  LONG_MS,
)
