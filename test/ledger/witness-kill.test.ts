import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { systemIds } from '../../src/base/ids.ts'
import {
  formatAddCheckpoint,
  formatSkey,
  openCheckpoint,
  parseSkey,
  parseVkey,
  TileReader,
} from '../../src/ledger/index.ts'
import { createWitnessKey, MemoryLog, originHash, WitnessStore } from '../../src/witness/index.ts'
import { temporaryFolder } from './support.ts'

const CHILD = fileURLToPath(new URL('kill-witness.ts', import.meta.url))
const KILLS = Number(process.env.SAFELEVEL_KILLS ?? 5)
const ORIGIN = 'example.com/log'

/** Two histories of one log, which must never both be cosigned, and what each killed witness said of them. */
it('a witness that is killed at any moment never signs two histories', { timeout: 120_000 }, async () => {
  const dir = await temporaryFolder()
  await createWitnessKey(dir, 'witness.example/w', systemIds)
  const signer = await parseSkey(await formatSkey(ORIGIN, new Uint8Array(32).fill(7)))
  await new WitnessStore(dir).addKey(signer.vkey)
  const views = await Promise.all(
    ['a', 'b'].map((mark) => MemoryLog.open(signer, [Buffer.from('common'), Buffer.from(mark)])),
  )
  const signed = views.map(() => 0)
  for (let kill = 0; kill < KILLS; kill++) {
    const child = spawn(process.execPath, [CHILD, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    const stop = { asked: false }
    const asking = views.map((view, i) =>
      askOn(view, url, stop, () => {
        signed[i] = (signed[i] ?? 0) + 1
      }),
    )
    // Not before it has signed in this life, however slow the machine.
    const before = Math.max(...signed)
    await expect.poll(() => Math.max(...signed), { timeout: 20_000, interval: 5 }).toBeGreaterThan(before)
    await new Promise((resolve) => setTimeout(resolve, (kill * 37) % 120))
    child.kill('SIGKILL')
    await once(child, 'exit')
    stop.asked = true
    await Promise.all(asking)
    const stored = await new WitnessStore(dir).checkpoint(originHash(ORIGIN))
    if (stored !== null) expect((await openCheckpoint(stored, parseVkey(signer.vkey))).size).toBeGreaterThanOrEqual(2)
  }
  expect(signed.filter((count) => count > 0)).toHaveLength(1)
  expect(Math.max(...signed)).toBeGreaterThanOrEqual(KILLS)
})

/** Asks for ever larger trees of one history, from whatever size the witness says that it holds. */
async function askOn(view: MemoryLog, url: string, stop: { asked: boolean }, onSigned: () => void): Promise<void> {
  let oldSize = 0
  for (let n = 0; !stop.asked; n++) {
    const inTree = oldSize > 0 && oldSize < view.size
    const proof = inTree ? await new TileReader(view.tiles, view.size).consistencyProof(oldSize) : []
    const body = formatAddCheckpoint({ oldSize, proof, checkpoint: view.checkpoint() })
    const response = await fetch(`${url}/add-checkpoint`, { method: 'POST', body }).catch(() => null)
    if (response === null) return
    const text = await response.text().catch(() => '')
    if (response.status === 200) {
      onSigned()
      oldSize = view.size
      await view.append([Buffer.from(`more ${n}`)])
    } else if (response.status === 409) oldSize = Number(text)
    // The other history is ahead: this one can only ask in vain, for a size that it does not have.
    if (oldSize > view.size) await view.append([Buffer.from(`other ${n}`)])
  }
}
