import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningApp, startApp } from '../support/running-app.ts'

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname
const BY = { type: 'operator', id: 'operator' } as const

describe('evidence of controls, of a running installation', () => {
  let running: RunningApp
  let env: NodeJS.ProcessEnv
  beforeAll(async () => {
    running = await startApp()
    const { app, dataDir, controlUrl } = running
    env = {
      ...process.env,
      // What is pinned is pinned here, and not by who runs this test.
      ...{ XDG_CONFIG_HOME: join(dataDir, 'config'), SAFELEVEL_DATA_DIR: dataDir },
      ...{ SAFELEVEL_URL: controlUrl, SAFELEVEL_TOKEN: app.operatorToken },
    }
  })
  afterAll(async () => {
    await running[Symbol.asyncDispose]()
  })

  const cli = async (...words: string[]) => {
    const done = promisify(execFile)(process.execPath, [MAIN, ...words], { env })
    return done.then(
      ({ stdout }) => ({ code: 0, stdout }),
      (error: { code: number; stdout: string; stderr: string }) => ({
        code: error.code,
        stdout: error.stdout + error.stderr,
      }),
    )
  }

  it('is bundled and checked by commands; the second without the server, and not once a byte is another', async () => {
    const { app, dataDir } = running
    const file = join(dataDir, 'evidence.zip')
    const { vkey } = app.ledger
    const made = await cli('controls', 'bundle', file, '--json')
    expect(made, made.stdout).toMatchObject({ code: 0 })
    const checked = await cli('controls', 'verify-bundle', file, '--key', vkey, '--json')
    const report = JSON.parse(checked.stdout)
    expect(report).toMatchObject({ verified: true, origin: app.ledger.origin, profile: 'rsp-2.2', witnessed: false })
    const { counts } = await app.controls.board()
    expect(report.counts.holds + report.counts.fails + report.counts.stale + report.counts.unknown).toBe(counts.total)
    expect(report.proven).toBeGreaterThan(0)
    expect((await cli('controls', 'bundle', file)).code, 'it writes over nothing').not.toBe(0)

    const bytes = await readFile(file)
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    const hostile = join(dataDir, 'hostile.zip')
    await writeFile(hostile, bytes)
    expect(await cli('controls', 'verify-bundle', hostile, '--key', vkey)).toMatchObject({ code: 1 })
    expect(JSON.stringify(await app.ledger.entries(0, 1_000))).toContain('controls.bundle_made')
  })

  it('is reported to those who must know, by what the board shows', async () => {
    const quarter = `${new Date().getUTCFullYear()}-q${Math.floor(new Date().getUTCMonth() / 3) + 1}`
    const compiled = await cli('controls', 'report', 'compile', 'rso', quarter, '--json')
    const { id, missing } = JSON.parse(compiled.stdout)
    expect(missing).toEqual(['judgement', 'remedies'])
    const document = await running.app.controlEvidence.reports.draft(id)
    const standing = document.compiled.find((one) => one.id === 'standing')
    const { counts } = await running.app.controls.board()
    expect(standing?.paragraphs[0]).toContain(`Of the ${counts.total} commitments of rsp-2.2`)
    for (const kind of ['board', 'safeguards', 'risk'] as const)
      expect((await running.app.controlEvidence.reports.compile({ kind, quarter }, BY)).state).toBe('draft')
    expect((await cli('controls', 'report', 'ls')).stdout.trim().split('\n')).toHaveLength(4)
    expect((await cli('controls', 'report', 'export', id)).code, 'it is no public one').not.toBe(0)
  })

  it('has every clock in one calendar, which no part failed to tell', async () => {
    const { app } = running
    const { items } = await app.staff.people.list({ limit: 10 })
    expect(items).toEqual([])
    await app.modelRooms.registry.lines.register({ model: 'orca' }, BY)
    const { entries, unknown } = await app.controlEvidence.calendar({}, () => true)
    expect(unknown).toEqual([])
    expect(entries.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['control_report', 'transparency']))
    const ics = join(running.dataDir, 'clocks.ics')
    expect(await cli('controls', 'calendar', '--ics', ics)).toMatchObject({ code: 0 })
    expect(await readFile(ics, 'utf8')).toMatch(/^BEGIN:VCALENDAR\r\n[\s\S]*BEGIN:VEVENT[\s\S]*END:VCALENDAR\r\n$/)
    const lines = (await cli('controls', 'calendar', '--json')).stdout.trim().split('\n')
    expect(JSON.parse(lines[0] ?? '').about.type).toBeTypeOf('string')
  })
})
