import { AppError } from '../../base/errors.ts'
import { type Concern, type CorrectiveAction, OUTSIDE, type Outcome, type Step } from './schema.ts'
import type { Viewer } from './visibility.ts'

/** What a step changes; pure. @throws {AppError} CONFLICT where the concern stands elsewhere */
type Change = Partial<Omit<Concern, 'id' | 'lookup' | 'filedAt' | 'history'>>

export function taken(concern: Concern, by: string): Change {
  if (concern.state === 'closed') throw closedAlready()
  if (concern.handler === by) throw conflict('it is in your hands already')
  return { handler: by, state: concern.state === 'open' ? 'investigating' : concern.state }
}

export function answered(concern: Concern, at: string): Change {
  return { messages: concern.messages + 1, unreadBy: 'reporter', answeredAt: concern.answeredAt ?? at }
}

/** Whoever filed it writes: what was closed is open again, since nobody but them knows that it isn't settled. */
export function written(concern: Concern): Change {
  const reopened: Change =
    concern.state === 'closed'
      ? { state: 'investigating', outcome: null, proposedBy: null, closedBy: [], closedAt: null }
      : {}
  return { ...reopened, messages: concern.messages + 1, unreadBy: 'staff' }
}

/** A material risk goes to the board at once, unless it is about the board. */
export function material(concern: Concern): Change {
  if (concern.material) throw conflict('the board knows of it already')
  const tellBoard = !concern.recipients.includes('board') && !concern.about.roles.includes('board')
  return { material: true, recipients: tellBoard ? [...concern.recipients, 'board'] : concern.recipients }
}

export function actionSet(concern: Concern, action: Pick<CorrectiveAction, 'owner' | 'dueOn'>): Change {
  if (concern.state === 'closed') throw closedAlready()
  if (concern.actions.length >= 50) throw conflict('a concern has at most 50 corrective actions')
  const number = concern.actions.length + 1
  return { actions: [...concern.actions, { ...action, number, doneAt: null, doneBy: null }] }
}

export function actionDone(concern: Concern, number: number, by: string, at: string): Change {
  const action = concern.actions.find((one) => one.number === number)
  if (action === undefined) throw new AppError('NOT_FOUND', `it has no corrective action ${number}`)
  if (action.doneAt !== null) throw conflict(`corrective action ${number} is done already`)
  return { actions: concern.actions.map((one) => (one === action ? { ...one, doneAt: at, doneBy: by } : one)) }
}

/** The first of the two who close it. */
export function proposed(concern: Concern, outcome: Outcome, by: string): Change {
  if (concern.state === 'closed') throw closedAlready()
  if (concern.state === 'closing') throw conflict('its closing was proposed already: agree to it, or send it back')
  if (concern.answeredAt === null) throw conflict('answer whoever filed it before it is closed')
  const waiting = concern.actions.filter(({ doneAt }) => doneAt === null).length
  if (waiting > 0) throw conflict(`${waiting} corrective action${waiting === 1 ? ' is' : 's are'} not done`)
  return { state: 'closing', outcome, proposedBy: by }
}

/**
 * The second one: another person, and one of the two from outside the line of the Responsible Scaling Officer.
 *
 * @param proposer with the roles that they hold now
 */
export function closed(concern: Concern, proposer: Viewer, agreeing: Viewer, at: string): Change {
  if (concern.state !== 'closing') throw conflict('nobody has proposed to close it')
  if (proposer.personId === agreeing.personId)
    throw new AppError('FORBIDDEN', 'another person than who proposed it must agree')
  if (![proposer, agreeing].some(({ roles }) => OUTSIDE.some((role) => roles.has(role))))
    throw new AppError('FORBIDDEN', `one of the two must hold a role outside the officer’s line: ${OUTSIDE.join(', ')}`)
  return { state: 'closed', closedBy: [proposer.personId, agreeing.personId], closedAt: at, unreadBy: 'reporter' }
}

export function sentBack(concern: Concern): Change {
  if (concern.state !== 'closing') throw conflict('nobody has proposed to close it')
  return { state: 'investigating', outcome: null, proposedBy: null }
}

export function stepped(concern: Concern, change: Change, step: Step): Concern {
  return { ...concern, ...change, history: [...concern.history, step] }
}

function conflict(message: string): AppError {
  return new AppError('CONFLICT', message)
}

function closedAlready(): AppError {
  return conflict('it is closed: whoever filed it can open it again by writing')
}
