import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { systemIds } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import {
  folderSource,
  formatSkey,
  openWitnessed,
  parseSkey,
  parseTrustPolicy,
  verifyLog,
} from '../../src/ledger/index.ts'
import {
  createWitnessKey,
  originHash,
  startWitness,
  Witness,
  Witnessing,
  WitnessStore,
} from '../../src/witness/index.ts'
import { isRequired } from '../support/required.ts'
import { openLedger, record, temporaryFolder } from './support.ts'

const goDir = fileURLToPath(new URL('tessera', import.meta.url))
const binary = join(goDir, 'interop.bin')
const required = isRequired('tessera')
// Needs Go 1.25, and on the first run the module proxy and a minute of compiling.
const build = spawnSync('go', ['build', '-o', binary, '.'], {
  cwd: goDir,
  encoding: 'utf8',
  timeout: 240_000,
  env: { ...process.env, GOTOOLCHAIN: 'local' },
})
const ready = build.status === 0
if (!ready && !required)
  process.stderr.write(`SKIPPED: interoperation with Tessera needs Go 1.25: ${build.error?.message ?? build.stderr}\n`)

function go(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(binary, args, { encoding: 'utf8', timeout: 60_000 })
  return { status, out: stdout.trim(), err: stderr }
}

/** A process that prints some lines and then serves. */
async function serving(lines: number, ...args: string[]): Promise<string[]> {
  const child: ChildProcess = spawn(binary, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill())
  const out: string[] = []
  if (child.stdout === null) throw new Error('no output')
  for await (const line of createInterface({ input: child.stdout })) {
    out.push(line)
    if (out.length === lines) break
  }
  return out
}

async function ourWitness(vkey: string) {
  const dir = await temporaryFolder()
  const cosigner = await createWitnessKey(dir, 'ours.example/w', systemIds)
  const store = new WitnessStore(dir)
  await store.addKey(vkey)
  const witness = new Witness({ cosigner, store, clock: systemClock, log: silentLog })
  const server = await startWitness({ witness, host: '127.0.0.1', port: 0, log: silentLog })
  onTestFinished(() => server[Symbol.asyncDispose]())
  return { vkey: cosigner.vkey, url: server.url }
}

const bounds = {
  clock: systemClock,
  log: silentLog,
  intervalMs: 1_000,
  timeoutMs: 10_000,
  maxLagMs: 10_000,
  refreshMs: 300_000,
}

describe.skipIf(!ready && !required)('Tessera and the witness of transparency-dev', () => {
  beforeAll(() => expect(build.status, build.stderr).toBe(0))

  it('check our log, and find what was changed in it', { timeout: 120_000 }, async () => {
    const dir = await temporaryFolder()
    const publicDir = join(dir, 'ledger/public')
    let size = 0
    let vkey = ''
    for (const more of [1, 255, 1, 600]) {
      const ledger = await openLedger(dir)
      await record(ledger, size, size + more)
      size += more
      vkey = ledger.vkey
      await ledger.close()
      expect(go('fsck', publicDir, vkey)).toMatchObject({ status: 0, out: `verified ${size} entries` })
    }
    const bundle = Buffer.from((await folderSource(publicDir).read('tile/entries/001')) ?? [])
    bundle[100] = (bundle[100] ?? 0) ^ 1
    await writeFile(join(publicDir, 'tile/entries/001'), bundle)
    expect(go('fsck', publicDir, vkey).status).toBe(1)
  })

  it('cosign our log by Ed25519 and ML-DSA-44, and open what our witness and theirs cosigned', {
    timeout: 120_000,
  }, async () => {
    const dir = await temporaryFolder()
    const ledger = await openLedger(dir)
    onTestFinished(() => ledger.close())
    await record(ledger, 0, 10)
    const [ed25519 = '', mlDsa = '', url = ''] = await serving(3, 'witness', ledger.vkey)
    const ours = await ourWitness(ledger.vkey)
    const policy = [
      `log ${ledger.vkey}`,
      `witness theirs ${ed25519} ${url}`,
      `witness ours ${ours.vkey} ${ours.url}`,
      'group both all theirs ours',
      'quorum both\n',
    ].join('\n')
    const asking = new Witnessing({ ...bounds, ledger, policy: parseTrustPolicy(policy) })
    const quantum = new Witnessing({
      ...bounds,
      ledger,
      policy: parseTrustPolicy(`log ${ledger.vkey}\nwitness pq ${mlDsa} ${url}\nquorum pq\n`),
    })
    for (const more of [0, 5, 300, 1]) {
      await record(ledger, ledger.size, ledger.size + more)
      for (const each of [asking, quantum]) {
        each.turn()
        await each.settled()
        expect(each.state()).toMatchObject({ witnessed: true, size: ledger.size, problems: [] })
      }
    }
    const note = join(dir, 'note')
    await writeFile(note, asking.served())
    const opened = go('open', note, ledger.vkey, ed25519, ours.vkey)
    expect(opened.err).toBe('')
    const names = opened.out.split('\n').map((line) => line.split(' ')[0])
    expect(names.sort()).toEqual(['go.example/w', 'ours.example/w'])
    const policyFile = join(dir, 'policy')
    await writeFile(policyFile, policy)
    expect(go('policy', policyFile, note).out).toBe('satisfied')
    await writeFile(note, ledger.checkpoint())
    expect(go('policy', policyFile, note).status).toBe(1)
  })

  it('write a log whose checkpoints our witness cosigns before they are published', { timeout: 120_000 }, async () => {
    const dir = await temporaryFolder()
    const skey = await formatSkey('tessera.example/log', systemIds.bytes(32))
    const { vkey } = await parseSkey(skey)
    const ours = await ourWitness(vkey)
    const policy = `log ${vkey}\nwitness ours ${ours.vkey} ${ours.url}\nquorum ours\n`
    await writeFile(join(dir, 'tessera.key'), skey)
    await writeFile(join(dir, 'policy'), policy)
    await mkdir(join(dir, 'log'))
    // Not `go`, which would hold up our witness, in this process, that it asks.
    const { stdout } = await promisify(execFile)(binary, ['log', join(dir, 'log'), join(dir, 'policy'), '700'])
    expect(stdout).toBe('written\n')
    const source = folderSource(join(dir, 'log'))
    const note = (await source.read('checkpoint')) ?? Buffer.alloc(0)
    const checkpoint = await openWitnessed(note, parseTrustPolicy(policy))
    expect(checkpoint.size).toBe(700)
    await verifyLog(source, checkpoint)
    const served = await (await fetch(`${ours.url}/${originHash('tessera.example/log')}/checkpoint`)).text()
    expect((await openWitnessed(served, parseTrustPolicy(policy))).size).toBe(700)
  })
})
