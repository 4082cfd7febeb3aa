import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readPrompts } from './prompts.ts'
import { lately, type Scene, type Stage } from './stage.ts'

const CLI = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
const PROMPTS = 24
/** What the product's commands end with when the answer is no: figures all the same. */
const NO = 1

/**
 * The product's own commands, asking the stand-in for models before and after it was "tuned": refusals evaluated and compared, a run of the red team,
 * a dataset made by a constitution. They run beside the story and are put on record at its end.
 */
export class RefusalWork {
  readonly #folder: string
  readonly #env: NodeJS.ProcessEnv
  readonly #done: Promise<void>
  #failure: Error | null = null

  constructor({ folder }: Stage, { seed, quick }: { readonly seed: number; readonly quick: boolean }) {
    this.#folder = join(folder.path, 'refusal')
    this.#env = {
      ...process.env,
      SAFELEVEL_CONFIG: folder.configPath,
      SAFELEVEL_DATA_DIR: folder.dataDir,
      DATABASE_URL: '',
    }
    mkdirSync(this.#folder, { recursive: true })
    // Kept until somebody asks: nobody listens yet when it fails at once.
    this.#done = this.#work(seed, quick).catch((error: Error) => {
      this.#failure = error
    })
  }

  scenes({ app, cast }: Stage): Scene[] {
    const { records } = app.refusal
    const keep = (kind: Parameters<typeof records.record>[0], head: string, rows: string | null) => {
      const line = JSON.stringify(JSON.parse(readFileSync(join(this.#folder, head), 'utf8')))
      const body = `${line}\n${rows === null ? '' : readFileSync(join(this.#folder, rows), 'utf8')}`
      return records.record(kind, new Blob([body]).stream(), cast.actor('ivo'))
    }
    return [
      lately(30, async () => {
        await this.#done
        if (this.#failure !== null) throw this.#failure
        await keep('evaluation', 'base/report.json', 'base/rows.jsonl')
        await keep('evaluation', 'tuned/report.json', 'tuned/rows.jsonl')
        await keep('comparison', 'comparison/comparison.json', null)
        await keep('red_team_run', 'run/report.json', 'run/finds.jsonl')
        const { id } = await keep('dataset', 'dataset/manifest.json', 'dataset/records.jsonl')
        await app.refusal.spotChecks.open(id)
      }),
    ]
  }

  async #work(seed: number, quick: boolean): Promise<void> {
    const drawn = ['--seed', String(seed), '--concurrency', '8']
    const sample = quick ? ['--limit', '6'] : []
    const evaluate = (model: string, out: string, checkpoint: string) =>
      this.#run(
        'redteam',
        'eval',
        '--model',
        model,
        '--checkpoint',
        checkpoint,
        '--out',
        this.#at(out),
        ...sample,
        ...drawn,
      )
    await evaluate('orca-base', 'base', 'orca/c6')
    await evaluate('orca-2', 'tuned', 'orca/c7')
    const [base, tuned] = [this.#at('base'), this.#at('tuned')]
    await this.#run('refusal', 'compare', base, tuned, '--out', this.#at('comparison'), ...drawn)
    const attack = [
      '--target',
      'orca-base',
      '--budget',
      quick ? '40' : '240',
      '--sample',
      '2',
      '--safeguards',
      'screen',
    ]
    await this.#run('redteam', 'run', ...attack, '--grader', 'screen', '--out', this.#at('run'), ...drawn)
    const prompts = this.#at('prompts.jsonl')
    const asked = readPrompts().harmful.filter((_, index) => index % 3 === 0)
    const lines = asked
      .slice(0, quick ? 4 : PROMPTS)
      .map((one) => JSON.stringify({ ...one, kind: 'harmful', source: 'our own' }))
    writeFileSync(prompts, lines.join('\n'))
    const make = [
      '--model',
      'orca-base',
      '--prompts',
      prompts,
      '--rounds',
      '1',
      '--name',
      'first refusals',
      '--spot-checks',
      '6',
    ]
    await this.#run('constitution', 'generate', ...make, '--out', this.#at('dataset'), ...drawn)
  }

  #at(name: string): string {
    return join(this.#folder, name)
  }

  async #run(...args: string[]): Promise<void> {
    const child = spawn(process.execPath, [CLI, ...args], { env: this.#env, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    const [code] = await once(child, 'close')
    if (code !== 0 && code !== NO)
      throw new Error(`safelevel ${args.slice(0, 2).join(' ')} ended with ${code}: ${said}`)
  }
}
