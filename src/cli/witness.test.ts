import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { event, openLedger, record, temporaryFolder } from '../../test/ledger/support.ts'
import { systemClock } from '../base/clock.ts'
import { replaceDurably } from '../base/durable-file.ts'
import { AppError, ERROR_CODES } from '../base/errors.ts'
import { silentLog } from '../base/log.ts'
import { parseTrustPolicy } from '../ledger/index.ts'
import { openWitnessKey, startWitness, Witness, Witnessing, WitnessStore, withWitnessLock } from '../witness/index.ts'
import { ledgerCommand } from './ledger.ts'
import { witnessCommand } from './witness.ts'

/** Runs a command as the program does: what is printed, and the exit code. */
async function run(...args: string[]): Promise<{ exit: number; out: string }> {
  let out = ''
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text
    return true
  })
  const silent = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
  process.exitCode = undefined
  try {
    const program = new Command('safelevel').exitOverride()
    program.addCommand(ledgerCommand()).addCommand(witnessCommand())
    for (const command of program.commands.flatMap((c) => [c, ...c.commands])) command.exitOverride()
    await program.parseAsync(args, { from: 'user' })
    return { exit: Number(process.exitCode ?? 0), out }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { exit: ERROR_CODES[error.code].exit, out: error.message }
  } finally {
    process.exitCode = undefined
    write.mockRestore()
    silent.mockRestore()
  }
}

let dataDir: string
let dir: string
let policyFile: string

beforeEach(async () => {
  dataDir = await temporaryFolder()
  dir = join(await temporaryFolder(), 'w')
  policyFile = join(dataDir, 'trust.policy')
  vi.stubEnv('SAFELEVEL_DATA_DIR', dataDir)
  vi.stubEnv('XDG_CONFIG_HOME', await temporaryFolder())
})
afterEach(() => {
  vi.unstubAllEnvs()
})

/** A ledger of 20 entries whose checkpoint the witness in `dir` cosigned. */
async function witnessedLedger(): Promise<string> {
  const { out } = await run('witness', 'init', '--name', 'witness.example/w', '--dir', dir, '--json')
  const { vkey } = JSON.parse(out)
  const ledger = await openLedger(dataDir)
  await record(ledger, 0, 20)
  await run('witness', 'add-log', ledger.vkey, '--dir', dir)
  const witness = new Witness({
    cosigner: await openWitnessKey(dir),
    store: new WitnessStore(dir),
    clock: systemClock,
    log: silentLog,
  })
  const server = await startWitness({ witness, host: '127.0.0.1', port: 0, log: silentLog })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const text = `log ${ledger.vkey}\nwitness w ${vkey} ${server.url}\nquorum w\n`
  await writeFile(policyFile, text)
  const asking = new Witnessing({
    ...{ policy: parseTrustPolicy(text), ledger, clock: systemClock, log: silentLog },
    ...{ intervalMs: 1_000, timeoutMs: 5_000, maxLagMs: 10_000, refreshMs: 300_000 },
    keep: (note) => replaceDurably(join(dataDir, 'ledger/witnessed-checkpoint'), note, 0o644),
  })
  asking.turn()
  await asking.settled()
  const { vkey: key } = ledger
  await ledger.append(event(99))
  await ledger.close()
  return key
}

describe('safelevel witness', () => {
  it('makes a key once, and says what others need of it', async () => {
    const first = await run('witness', 'init', '--name', 'witness.example/w', '--dir', dir)
    expect(first.out).toMatch(/^witness\.example\/w\+[0-9a-f]{8}\+B/)
    expect(first.out).toContain('  witness witness.example witness.example/w+')
    expect((await readFile(join(dir, 'witness.key'), 'utf8')).startsWith('PRIVATE+KEY+')).toBe(true)
    expect(await run('witness', 'init', '--name', 'other', '--dir', dir)).toMatchObject({ exit: 5 })
    expect(await run('witness', 'init', '--name', 'a b', '--dir', join(dir, 'x'))).toMatchObject({ exit: 2 })
  })

  it('says what it watches, and how far it came', async () => {
    const vkey = await witnessedLedger()
    const { out } = await run('witness', 'show', '--dir', dir, '--json')
    expect(JSON.parse(out)).toMatchObject({ name: 'witness.example/w', logs: [{ vkeys: [vkey], size: 20 }] })
    expect((await run('witness', 'show', '--dir', dir)).out).toContain('20 entries')
  })

  it('refuses what is no log, what is no witness, and a second process', async () => {
    expect((await run('witness', 'add-log', 'x', '--dir', dir)).exit).toBe(4)
    await run('witness', 'init', '--name', 'witness.example/w', '--dir', dir)
    expect((await run('witness', 'add-log', 'x', '--dir', dir)).exit).toBe(2)
    expect((await run('witness', '--dir', join(dir, 'none'))).out).toContain('safelevel witness init')
    using _lock = withWitnessLock(dir)
    expect(await run('witness', '--dir', dir, '--listen', '127.0.0.1:0')).toMatchObject({ exit: 5 })
  })
})

describe('ledger verify --policy', () => {
  it('says who witnesses the log, up to where', async () => {
    const vkey = await witnessedLedger()
    const { exit, out } = await run('ledger', 'verify', '--policy', policyFile)
    expect(exit).toBe(0)
    expect(out).toContain(`of the trust policy: ${vkey}`)
    expect(out).toContain('by 1 of 1, as the trust policy asks, up to 20 entries; the newest 1 entry not yet')
    const json = JSON.parse((await run('ledger', 'verify', '--policy', policyFile, '--json')).out)
    expect(json).toMatchObject({ verified: true, witnessed: true, size: 21, witnesses: { of: 1, size: 20 } })
  })

  it('is "no" without the quorum, and for another log', async () => {
    await witnessedLedger()
    await writeFile(join(dataDir, 'ledger/witnessed-checkpoint'), '')
    expect(await run('ledger', 'verify', '--policy', policyFile)).toMatchObject({ exit: 1 })
    const other = (await readFile(policyFile, 'utf8')).replace(/^log .*\n/, `log ${OTHER_LOG}\n`)
    await writeFile(policyFile, other)
    expect((await run('ledger', 'verify', '--policy', policyFile)).out).toContain('is not a log that is trusted here')
  })

  it('names the line of a policy that is wrong, and a file that is not there', async () => {
    await witnessedLedger()
    await writeFile(policyFile, 'quorum none\nwhat\n')
    const wrong = await run('ledger', 'verify', '--policy', policyFile)
    expect([wrong.exit, wrong.out]).toEqual([2, expect.stringContaining('line 2')])
    expect((await run('ledger', 'verify', '--policy', join(dataDir, 'none'))).exit).toBe(4)
  })
})

describe('ledger prove --tlog-proof', () => {
  it('makes a proof under what was cosigned, that checks offline by the policy alone', async () => {
    await witnessedLedger()
    const file = join(dataDir, 'entry.tlog-proof')
    expect((await run('ledger', 'prove', '--entry', '7', '--tlog-proof', '--out', file)).exit).toBe(0)
    expect(await readFile(file, 'utf8')).toMatch(/^c2sp\.org\/tlog-proof@v1\nextra .+\nindex 7\n/)
    vi.stubEnv('XDG_CONFIG_HOME', await temporaryFolder())
    const checked = await run('ledger', 'prove', '--check', file, '--policy', policyFile, '--json')
    expect(JSON.parse(checked.out)).toMatchObject({ verified: true, position: 7, witnessed: true, event: event(7) })
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('index 7', 'index 8'))
    expect((await run('ledger', 'prove', '--check', file, '--policy', policyFile)).exit).toBe(1)
  })
})

describe('a log that is shown a moment behind', () => {
  it('is no log that was cut off, as long as all that was seen is there', async () => {
    await witnessedLedger()
    const publicDir = join(dataDir, 'ledger/public')
    expect((await run('ledger', 'verify')).exit).toBe(0)
    // As a server shows it that has witnesses: the newest that they cosigned.
    const newest = await readFile(join(publicDir, 'checkpoint'))
    await writeFile(join(publicDir, 'checkpoint'), await readFile(join(dataDir, 'ledger/witnessed-checkpoint')))
    const behind = JSON.parse((await run('ledger', 'verify', '--json')).out)
    expect(behind).toMatchObject({ verified: true, size: 21, previous: { size: 21 } })
    await rm(join(publicDir, 'tile/0/000.p/21'))
    expect((await run('ledger', 'verify')).out).toContain('cut off: it had 21 entries and now claims 20')
    await writeFile(join(publicDir, 'checkpoint'), newest)
  })
})

describe('a log that forked', () => {
  it('leaves the proof of it with who verified it before', async () => {
    const vkey = await witnessedLedger()
    expect((await run('ledger', 'verify')).exit).toBe(0)
    // The same key begins another history.
    const second = await temporaryFolder()
    await mkdir(join(second, 'keys'))
    await writeFile(join(second, 'keys/ledger.key'), await readFile(join(dataDir, 'keys/ledger.key')), { mode: 0o600 })
    const fork = await openLedger(second)
    await record(fork, 500, 530)
    await fork.close()
    const found = await run('ledger', 'verify', join(second, 'ledger'))
    expect(found.exit).toBe(1)
    const file = /misbehaviour FILE --key VKEY": (\S+\.json)/.exec(found.out)?.[1] ?? ''
    const proven = await run('ledger', 'verify', '--misbehaviour', file, '--key', vkey)
    expect([proven.exit, proven.out]).toEqual([0, expect.stringContaining('signed two histories')])
    expect((await run('ledger', 'verify', '--misbehaviour', file, '--key', OTHER_LOG)).exit).toBe(1)
  })
})

describe('ledger drill split-view', () => {
  it('holds, and its proof checks', async () => {
    const file = join(dataDir, 'split.json')
    const { exit, out } = await run('ledger', 'drill', 'split-view', '--out', file, '--json')
    const drill = JSON.parse(out)
    expect([exit, drill.held, drill.steps.length]).toEqual([0, true, 5])
    expect((await run('ledger', 'verify', '--misbehaviour', file, '--key', drill.vkey)).exit).toBe(0)
  })
})

const OTHER_LOG = 'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx'
