import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { postgresAvailable } from '../support/postgres.ts'
import { SharedWorld } from './shared-world.ts'

const WRITER = fileURLToPath(new URL('shared-writer.ts', import.meta.url))
const ROUNDS = Number(process.env.SAFELEVEL_KILL_ROUNDS ?? 4)

/** A replica in a process of its own. */
class Writer {
  readonly child: ChildProcess
  readonly open: Promise<unknown>

  constructor(world: SharedWorld, prefix: string, acknowledged: string[]) {
    const args = [WRITER, world.url, join(world.dir, 'keys/ledger.key'), join(world.dir, 'tiles'), prefix]
    this.child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let rest = ''
    const opened = Promise.withResolvers<void>()
    this.open = Promise.race([opened.promise, once(this.child, 'close')])
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (line === 'open') opened.resolve()
        else acknowledged.push(line)
      }
    })
  }

  async kill(): Promise<void> {
    const closed = once(this.child, 'close')
    this.child.kill('SIGKILL')
    await closed
  }

  /** Longer than its lease: another one takes over while it sleeps. */
  async pause(ms: number): Promise<void> {
    this.child.kill('SIGSTOP')
    await sleep(ms)
    this.child.kill('SIGCONT')
  }
}

describe.skipIf(!postgresAvailable('killing writers of a shared ledger'))('writers that are killed and stopped', () => {
  it(`lose nothing that they acknowledged, in ${ROUNDS} rounds`, async () => {
    await using world = await SharedWorld.open()
    const acknowledged: string[] = []
    const writers: Writer[] = []
    const start = (i: number, round: number) => new Writer(world, `w${i}r${round}`, acknowledged)
    for (const i of [0, 1]) writers.push(start(i, 0))
    await Promise.all(writers.map(({ open }) => open))
    for (let round = 1; round <= ROUNDS; round++) {
      await sleep(Math.random() * 400)
      const i = round % 2
      const writer = writers[i] as Writer
      if (round % 4 < 2) {
        await writer.kill()
        writers[i] = start(i, round)
        await writers[i]?.open
      } else await writer.pause(2_600 + Math.random() * 800)
    }
    await sleep(300)
    await Promise.all(writers.map((writer) => writer.kill()))
    // Whoever comes next finds it all.
    const last = await world.replica()
    await world.check(acknowledged)
    expect(acknowledged.length).toBeGreaterThan(100)
    const [{ epoch } = { epoch: 0 }] = await world.session.query<{ epoch: number }>(
      'select epoch from ledger_head',
      [],
      5_000,
    )
    process.stdout.write(
      `${ROUNDS} kills and pauses, ${epoch} epochs; ${acknowledged.length} acknowledged events, 0 lost\n`,
    )
    await last.ledger.close()
  }, 180_000)
})
