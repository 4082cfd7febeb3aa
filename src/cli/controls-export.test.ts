import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningApp, startApp } from '../../test/support/running-app.ts'
import { runCli } from '../../test/support/running-cli.ts'

let running: RunningApp
const folder = mkdtempSync(join(tmpdir(), 'controls-export-'))

beforeAll(async () => {
  running = await startApp()
  running.app.controls.watch([
    {
      control: 'DEP-01',
      look: async () => ({ state: 'holds', says: 'a card is there', evidence: [{ kind: 'seen', says: 'the card' }] }),
    },
  ])
  await running.app.controls.look()
}, 120_000)
afterAll(async () => {
  await running[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const run = (...args: string[]) => runCli(running, ['controls', 'export', ...args])

describe('safelevel controls export', () => {
  it('writes how the running server’s controls stand, for the profile in force', async () => {
    const oscal = join(folder, 'oscal')
    const { out, code, err } = await run('--oscal', oscal)
    expect([code, err]).toEqual([0, ''])
    expect(out.trim().split('\n').toSorted()).toEqual(
      readdirSync(oscal)
        .map((name) => join(oscal, name))
        .toSorted(),
    )
    const results = JSON.parse(readFileSync(join(oscal, 'assessment-results.json'), 'utf8'))['assessment-results']
    expect(results.metadata.title).toBe('How the controls of rsp-2.2 stand')
    expect(results.results[0]['local-definitions'].components[0].props[0].value).toBe(running.app.ledger.origin)
    const held = results.results[0].findings.filter(
      ({ target }: { target: { status: { state: string } } }) => target.status.state === 'satisfied',
    )
    expect(held).toMatchObject([{ target: { 'target-id': 'DEP-01_smt' }, description: 'a card is there' }])
    expect(results.results[0].findings).toHaveLength(104)
  })

  it('takes another profile with an overlay, and draws the argument', async () => {
    const [oscal, gsn] = [join(folder, 'stretched'), join(folder, 'argument.mmd')]
    const { out, code } = await run(
      ...['--oscal', oscal, '--gsn', gsn, '--profile', 'rsp-1.0', '--overlay', 'asl3-stretch', '--json'],
    )
    expect(code).toBe(0)
    expect(JSON.parse(out).files).toContain(gsn)
    expect(readFileSync(gsn, 'utf8')).toMatch(/^flowchart TD\n[\s\S]*DEP-01 --> DEP-01\.1/)
    const component = JSON.parse(readFileSync(join(oscal, 'component-definition.json'), 'utf8'))
    const [only] = component['component-definition'].components
    expect(only['control-implementations'].map(({ source }: { source: string }) => source)).toEqual([
      'profile-rsp-1-0.json',
      'profile-asl3-stretch.json',
    ])
  })

  it.each([
    ['nothing to write', [], 2],
    ['a folder that is not empty', ['--oscal', folder], 5],
    ['a file that is there', ['--gsn', join(folder, 'argument.mmd')], 5],
    ['a file of another kind', ['--gsn', join(folder, 'argument.png')], 2],
    ['a profile that is not there', ['--oscal', join(folder, 'new'), '--profile', 'rsp-9'], 4],
    ['an overlay on top of nothing', ['--oscal', join(folder, 'new'), '--overlay', 'asl3-stretch'], 2],
  ])('refuses %s, and writes nothing', async (_, args, code) => {
    const before = readdirSync(folder).toSorted()
    expect((await run(...args)).code).toBe(code)
    expect(readdirSync(folder).toSorted()).toEqual(before)
  })
})
