import { type Ask, type Asker, ask, type ChatTurn, type Said } from '../../../asking/index.ts'
import type { SuiteItem } from '../suites/item.ts'

/** How every question of a run is asked. */
export type Manner = Pick<Ask, 'system' | 'maxTokens' | 'temperature' | 'topP'> & { readonly seed: number }

export interface Conversation {
  /** All that was said, up to the last thing of the user's. */
  readonly turns: readonly ChatTurn[]
  readonly said: Said
}

/**
 * Has a conversation: the model answers after each of the user's turns that no answer follows. What is judged is the last answer; earlier ones are what it
 * was led to say.
 *
 * @throws {AppError} as `Asker.ask`
 */
export async function converse(asker: Asker, item: SuiteItem, manner: Manner, draw: number): Promise<Conversation> {
  const turns: ChatTurn[] = []
  const { seed, ...about } = manner
  for (const [at, turn] of item.turns.entries()) {
    turns.push(turn)
    if (turn.role !== 'user' || item.turns[at + 1]?.role === 'assistant') continue
    const said = await asker.ask(ask([...turns], { ...about, seed: seed + draw }), draw)
    if (at === item.turns.length - 1) return { turns, said }
    // An answer of nothing is none that a server would take back.
    turns.push({ role: 'assistant', text: said.text.trim() === '' ? '…' : said.text })
  }
  throw new Error('a conversation ends with the user')
}
