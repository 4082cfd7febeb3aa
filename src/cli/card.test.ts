import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningApp, startApp } from '../../test/support/running-app.ts'
import { runCli } from '../../test/support/running-cli.ts'

let running: RunningApp
let file = ''

beforeAll(async () => {
  running = await startApp()
  file = join(running.dataDir, 'card.yaml')
  const by = { type: 'operator', id: 'operator' } as const
  await running.app.modelRooms.registry.checkpoints.record({ model: 'orca-2', checkpoint: 'c1', flops: 3.2e24 }, by)
})
afterAll(() => running[Symbol.asyncDispose]())

const run = (...args: string[]) => runCli(running, ['card', ...args])

describe('safelevel card', () => {
  it('prints a card to go on with, and says what is still to be written', async () => {
    const { out, err, code } = await run('new', 'orca-2')
    expect(code).toBe(0)
    expect(out).toContain('checkpoint: orca-2/c1')
    expect(out).toContain('# Still to be written:\n#   summary')
    expect(err).toContain('7 things are to be done')
    writeFileSync(file, out)
    expect((await run('new', 'nobody')).code).toBe(4)
  })

  it('lints it line by line, and says no with 1', async () => {
    const { out, code } = await run('lint', file)
    expect(code).toBe(1)
    expect(out).toContain(`${file}:1:1 error owed /summary: say what the model is, in a paragraph`)
    expect(out).toMatch(/FAILS: it would not be published {2}[0-9a-f]{64}\n$/)
    writeFileSync(file, readFileSync(file, 'utf8').replace('value: 3.2e+24', 'value: 3.2e+25'))
    expect((await run('lint', file)).out).toContain('error figure_differs /compute/flops/value: the card says 3.2e+25')
    const broken = join(running.dataDir, 'broken.yaml')
    writeFileSync(broken, 'format: safelevel-card/v2\n')
    const refused = await run('lint', broken, '--json')
    expect([refused.code, JSON.parse(refused.out)]).toEqual([1, expect.objectContaining({ outcome: 'unreadable' })])
    expect((await run('lint', join(running.dataDir, 'nowhere.yaml'))).code).toBe(2)
  })

  it('renews its figures, keeps it, shows it, and files nothing that does not pass', async () => {
    const renewed = await run('renew', file)
    expect(renewed.out).toContain('value: 3.2e+24')
    writeFileSync(file, renewed.out)
    expect((await run('save', file)).out).toMatch(/^orca-2\/draft {2}orca-2\/c1 {2}draft {2}revision 1/)
    expect((await run('show', 'orca-2', 'draft')).out).toBe(renewed.out)
    const { err, code } = await run('publish', file, '--reason', 'first')
    expect([code, err]).toEqual([5, expect.stringContaining('the card doesn’t pass: /summary')])
    expect((await run('ls')).out).toContain('orca-2  no card is published')
  })

  it('exports, compares and imports', async () => {
    expect((await run('export', 'orca-2', '--format', 'hf', '--of', 'draft')).out).toMatch(/^---\npipeline_tag/)
    expect((await run('export', 'orca-2')).code).toBe(4)
    expect((await run('export', 'orca-2', '--format', 'exe')).code).toBe(2)
    expect((await run('diff', 'orca-2', 'draft', 'draft')).out).toBe('orca-2/c1 and orca-2/c1 say the same\n')
    const readme = join(running.dataDir, 'README.md')
    writeFileSync(readme, '---\nlicense: mit\n---\n# Orca\n\n## Limitations\n\n- It errs.\n')
    const { out, err, code } = await run('import', readme, '--model', 'orca-2')
    expect([code, err]).toEqual([0, expect.stringContaining('things are to be done')])
    expect(out).toContain('- It errs.')
  })
})
