import {
  type Checkpoint,
  followKeys,
  type LogSource,
  misbehaviourBetween,
  openCheckpoint,
  parseVkey,
  TileReader,
  TlogError,
  verifyConsistency,
} from '../src/verify.ts'
import { checkNote, type Trust } from './trust.ts'
import { entries, type Fact, fails, holds, reasonOf, type Verdict, watch } from './verdict.ts'

/** What this browser saw of the log before. */
export interface Remembered {
  readonly vkey: string
  readonly note: string
  /** ISO 8601. */
  readonly at: string
}

export interface LogCheck {
  readonly verdict: Verdict
  /** To be kept for the next visit; null when the log is not to be trusted. */
  readonly remember: Remembered | null
}

/** Checks the log's newest checkpoint: who signed it, who vouches for it, and that it continues what was seen before. */
export async function checkLog(
  source: LogSource,
  site: { readonly vkey: string },
  trust: Trust,
  before: Remembered | null,
): Promise<LogCheck> {
  const bytes = await source.read('checkpoint')
  if (bytes === null) return failed('There is no checkpoint to check', [])
  const note = new TextDecoder().decode(bytes)
  let facts: Fact[] = []
  try {
    const opened = await checkNote(note, trust)
    facts = [holds(`${opened.checkpoint.origin}: ${entries(opened.checkpoint.size)}`), ...opened.facts]
    const history = await checkHistory(source, { note, checkpoint: opened.checkpoint }, site.vkey, before)
    facts.push(...history.facts)
    if (history.attached !== undefined || facts.some(({ mark }) => mark === 'fails'))
      return failed('The log contradicts what it showed before', facts, history.attached)
    const mark = facts.some((fact) => fact.mark === 'watch') ? 'watch' : 'holds'
    const title = mark === 'holds' ? 'The log holds' : 'The log holds, as far as one reader can tell'
    const remember = history.keep ?? { vkey: site.vkey, note, at: new Date().toISOString() }
    return { verdict: { mark, title, facts }, remember }
  } catch (error) {
    return failed('The log does not verify', [...facts, fails(reasonOf(error))])
  }
}

async function checkHistory(
  source: LogSource,
  now: { readonly note: string; readonly checkpoint: Checkpoint },
  vkey: string,
  before: Remembered | null,
): Promise<{ facts: Fact[]; attached?: Verdict['attached']; keep?: Remembered }> {
  if (before === null)
    return {
      facts: [watch('first visit of this browser: from now on it knows key and size, and will notice a change')],
    }
  const when = new Date(before.at).toLocaleString()
  const { checkpoint } = now
  const handedOver = await checkKey(source, checkpoint, before.vkey, vkey)
  if (handedOver === null)
    return { facts: [fails(`another key than on ${when}, which did not hand over: ${before.vkey}`)] }
  const log = parseVkey(vkey)
  const older = await openCheckpoint(before.note, parseVkey(before.vkey))
  if (older.size > checkpoint.size) return { facts: [await lookBehind(source, older, checkpoint, when)], keep: before }
  if (older.size === 0) return { facts: [holds(`was empty when this browser saw it, on ${when}`)] }
  try {
    const reader = new TileReader(source, checkpoint.size)
    const proof = older.size < checkpoint.size ? await reader.consistencyProof(older.size) : []
    verifyConsistency(older.size, checkpoint.size, proof, older.root, checkpoint.root)
    const continues = holds(`continues the ${entries(older.size)} that this browser saw on ${when}`)
    return { facts: [...handedOver, continues] }
  } catch (error) {
    if (!(error instanceof TlogError) || error.code !== 'CONSISTENCY') throw error
    const proof = await misbehaviourBetween(before.note, { note: now.note, tiles: source }, log)
    const fact = fails(`not a continuation of the ${entries(older.size)} that this browser saw on ${when}`)
    return proof === null
      ? { facts: [fact] }
      : {
          facts: [fact],
          attached: { title: 'The proof of it: keep it, and show it to others', text: JSON.stringify(proof, null, 2) },
        }
  }
}

/** Null unless it is the key of before, or one that the key of before handed this same log over to. */
async function checkKey(source: LogSource, shown: Checkpoint, before: string, now: string): Promise<Fact[] | null> {
  if (before === now) return []
  const chain = await followKeys(parseVkey(before), (path) => source.read(path))
  const last = chain.findIndex(({ to }) => to.vkey === now)
  if (last < 0) return null
  const reader = new TileReader(source, shown.size)
  for (const { size, root } of chain.slice(0, last + 1)) {
    const proof = size > 0 && size < shown.size ? await reader.consistencyProof(size) : []
    if (size > 0) verifyConsistency(size, shown.size, proof, root, shown.root)
  }
  return [holds('the log has a new key, to which the one that this browser knew handed it over')]
}

/** One of several servers may be a moment behind another; but what this browser saw must still lead on from there. */
async function lookBehind(source: LogSource, seen: Checkpoint, shown: Checkpoint, when: string): Promise<Fact> {
  try {
    const proof = await new TileReader(source, seen.size).consistencyProof(shown.size)
    verifyConsistency(shown.size, seen.size, proof, shown.root, seen.root)
    return watch(`a little behind the ${entries(seen.size)} that this browser saw on ${when}, which are still there`)
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
    return fails(`cut off: on ${when} it had ${entries(seen.size)}, and they are not there any more`)
  }
}

function failed(title: string, facts: readonly Fact[], attached?: Verdict['attached']): LogCheck {
  return { verdict: { mark: 'fails', title, facts, attached }, remember: null }
}
