import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type Clock, iso } from '../base/clock.ts'
import type { Config } from '../base/config.ts'
import type { Ids } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import { type LedgerEvent, LocalLedger, openFileSigner } from '../ledger/index.ts'
import { type OpenClassifier, openBuiltIn } from '../screening/index.ts'
import { type Line, lineThrough, type Measured } from './size.ts'

interface Ground {
  readonly config: Pick<Config, 'classifier' | 'dataDir'>
  readonly clock: Clock
  readonly ids: Ids
  /** For each of the measurements, ms. */
  readonly forMs: number
}

const SHORT_CHARS = 160
const LONG_CHARS = 2_400
const IN_FLIGHT = 64
/** Plain prose, so that its length and nothing else decides how long it takes. */
const PROSE =
  'The committee met in the library on Tuesday and read the minutes of the last meeting aloud. Two members asked about the roof, which had leaked since the storm in March, and the treasurer explained what the repair would cost and who had offered to help. '

/** A short look at what this machine does: screening, and the ledger on the disk of the data folder. Leaves nothing behind. */
export async function measure(ground: Ground): Promise<Measured> {
  const { mode } = ground.config.classifier
  const screen = await screeningLine(ground, 'screen')
  const encoder = mode === 'screen' ? null : await screeningLine(ground, 'encoder')
  // The encoder on everything has no screen before it.
  const nothing: Line = { fixedMs: 0, msPerChar: 0 }
  return {
    cores: availableParallelism(),
    screen: mode === 'encoder' ? nothing : screen,
    encoder,
    ...(await ledgerRate(ground)),
  }
}

async function screeningLine({ clock, forMs }: Ground, mode: 'screen' | 'encoder'): Promise<Line> {
  const opened = await openBuiltIn(mode, { encoder: { workers: 1 } })
  try {
    const at = async (chars: number) => ({ chars, ms: await judgeMs(opened, chars, clock, forMs / 2) })
    await at(SHORT_CHARS) // once for nothing: what is compiled and loaded at first use
    return lineThrough(await at(SHORT_CHARS), await at(LONG_CHARS))
  } finally {
    await opened.close()
  }
}

/** One after the other: the time of one core, since one worker has one. */
async function judgeMs({ classifier }: OpenClassifier, chars: number, clock: Clock, forMs: number): Promise<number> {
  const startMs = clock.monotonic()
  let judged = 0
  do {
    // No two the same, so that nothing is remembered.
    const text = `${judged} ${PROSE.repeat(Math.ceil(chars / PROSE.length))}`.slice(0, chars)
    const turn = { role: 'user' as const, parts: [{ kind: 'text' as const, text, pointer: '' }] }
    const segment = { text, role: 'user' as const, kind: 'text' as const, source: '', offset: 0 }
    await classifier.classify({ side: 'prompt', exchange: { turns: [turn] }, segments: [segment] })
    judged++
  } while (clock.monotonic() - startMs < forMs)
  return (clock.monotonic() - startMs) / judged
}

async function ledgerRate({
  config,
  clock,
  ids,
  forMs,
}: Ground): Promise<Pick<Measured, 'ledgerPerSecond' | 'ledgerBytes'>> {
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  const dir = await mkdtemp(join(config.dataDir, 'size-'))
  try {
    const signer = await openFileSigner({ path: join(dir, 'ledger.key'), ids })
    const options = { dir: join(dir, 'ledger'), signer, clock, ids, log: silentLog, checkpointIntervalMs: 250 }
    const ledger = await LocalLedger.open(options)
    const startMs = clock.monotonic()
    const endMs = startMs + forMs
    const append = async (): Promise<void> => {
      while (clock.monotonic() < endMs) await ledger.append(decision(clock, ids))
    }
    await Promise.all(Array.from({ length: IN_FLIGHT }, append))
    const seconds = (clock.monotonic() - startMs) / 1_000
    const { size } = ledger
    await ledger.close()
    return { ledgerPerSecond: size / seconds, ledgerBytes: (await bytesBelow(options.dir)) / size }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function bytesBelow(dir: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size
  return bytes
}

/** As long as an ordinary one. */
function decision(clock: Clock, ids: Ids): LedgerEvent {
  const id = ids.next('dec')
  const digest = 'ab'.repeat(32)
  const side = {
    action: 'allow',
    classifiers: ['cascade@455b79f4c9f7a9f8'],
    scores: { general_harm: 0.01, injection: 0.02 },
  }
  return {
    id,
    time: iso(clock.now()),
    kind: 'gateway.decision',
    actor: { type: 'key', id: 'key_01JD0000000000000000000000' },
    subject: { type: 'request', id },
    digests: { request: digest, response: digest },
    policy: { version: '1.1.0', digest },
    data: {
      ...{
        route: 'generate',
        organisation: 'org_01JD0000000000000000000000',
        project: 'prj_01JD0000000000000000000000',
      },
      ...{ dialect: 'openai-chat', model: 'example-model', surface: 'api', stream: true, choices: 1, turns: 3 },
      ...{
        endUser: digest,
        durationMs: 812.5,
        usage: { inputTokens: 512, outputTokens: 301 },
        outcome: 'allow',
        enforced: true,
      },
      prompt: side,
      completion: { ...side, windows: 19 },
    },
  }
}
