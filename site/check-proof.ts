import {
  checkDisclosure,
  parseMisbehaviour,
  parseProofFile,
  parseVkey,
  TlogError,
  verifyMisbehaviour,
} from '../src/verify.ts'
import { checkNote, type Trust } from './trust.ts'
import { entries, fails, holds, reasonOf, type Verdict } from './verdict.ts'

/** Checks a file that somebody was given: a proof of an entry in either form, or of a log's misbehaviour. Hostile input. */
export async function checkProof(text: string, trust: Trust): Promise<Verdict> {
  try {
    if (text.includes('"safelevel-misbehaviour/')) return await checkMisbehaviour(text, trust)
    const proof = parseProofFile(text.trim().startsWith('{') ? text : normalise(text))
    const { checkpoint, facts } = await checkNote(proof.checkpoint, trust)
    checkDisclosure(proof, checkpoint)
    const place = holds(
      `stands at position ${proof.position.toLocaleString('en')} of ${checkpoint.origin}, among ${entries(checkpoint.size)}`,
    )
    const event = { title: 'The event, exactly as it was recorded', text: JSON.stringify(proof.event, null, 2) }
    return { mark: 'holds', title: 'Verified: this event is in the log', facts: [place, ...facts], attached: event }
  } catch (error) {
    return { mark: 'fails', title: 'Not verified', facts: [fails(reasonOf(error))] }
  }
}

async function checkMisbehaviour(text: string, { log, policy }: Trust): Promise<Verdict> {
  const proof = parseMisbehaviour(text)
  const key = log ?? policy?.logs.map((entry) => entry.key).find(({ name }) => name === proof.origin)
  if (key === undefined) throw new TlogError('SIGNATURE', `no key of ${proof.origin} is at hand`)
  const { origin, older, newer } = await verifyMisbehaviour(proof, parseVkey(key.vkey))
  return {
    mark: 'fails',
    title: `Proven: ${origin} signed two histories`,
    facts: [
      fails(
        `one of ${entries(older.size)}, another of ${entries(newer.size)} that does not begin with it; both signed by its key`,
      ),
      fails('no honest log can sign both: whoever holds its key showed different people different logs'),
    ],
  }
}

/** What was pasted may have lost its last line end, or gained carriage returns. */
function normalise(text: string): string {
  return `${text.replaceAll('\r\n', '\n').trim()}\n`
}
