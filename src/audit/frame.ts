import { AppError } from '../base/errors.ts'
import { DAY_MS } from '../base/quarter.ts'
import { type Ledger, type LedgerEvent, MAX_PAGE } from '../ledger/index.ts'
import { belongsTo, type PopulationOf } from './populations.ts'

/** More than this is no list that anybody checks: a shorter period does. */
export const MOST_IN_FRAME = 200_000
const MOST_READ = 2_000_000
/** Clocks differ, and an event waits for its place: so much before and after a period is read too. */
const SLACK_MS = DAY_MS

export type ReadLedger = Pick<Ledger, 'recorded' | 'entry'>

/**
 * The entries of a population, by position: what a sample is drawn from.
 *
 * @param upTo entries from this position on are not looked at
 * @param withheld whether an event is told to nobody who asks here: what isn't told can't be examined, and that it was in the frame would tell its kind
 * @throws {AppError} REQUEST_INVALID where there are too many, VERIFICATION_FAILED where a body is not the one committed to
 */
export async function frameOf(
  ledger: ReadLedger,
  population: PopulationOf,
  upTo: number,
  withheld: (event: LedgerEvent) => boolean,
): Promise<number[]> {
  const from = await firstAt(ledger, upTo, Date.parse(population.from) - SLACK_MS)
  const end = await firstAt(ledger, upTo, Date.parse(population.until) + SLACK_MS)
  if (end - from > MOST_READ) throw tooMany(`${end - from} entries of the ledger would have to be read`)
  const frame: number[] = []
  for (let at = from; at < end; ) {
    const page = await ledger.recorded(at, Math.min(MAX_PAGE, end - at))
    if (page.length === 0)
      throw new AppError('LEDGER_UNAVAILABLE', `entry ${at} of the ledger can't be read yet: try again in a moment`)
    for (const { position, event } of page)
      if (event !== null && belongsTo(population, event) && !withheld(event)) frame.push(position)
    if (frame.length > MOST_IN_FRAME) throw tooMany(`more than ${MOST_IN_FRAME} entries belong to it`)
    at += page.length
  }
  return frame
}

/** The first entry that was written at an instant or later; `size` where none was. Entries stand nearly in the order of their times. */
async function firstAt(ledger: ReadLedger, size: number, ms: number): Promise<number> {
  let [low, high] = [0, size]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (Date.parse((await ledger.entry(middle)).recordedAt) < ms) low = middle + 1
    else high = middle
  }
  return low
}

function tooMany(what: string): AppError {
  return new AppError('REQUEST_INVALID', `population: ${what}; take a shorter period, and a sample of each`)
}
