import { type Ask, ask, type ChatApi, type TokensAs } from '../../../asking/index.ts'
import { promptOf, type Task } from './task-file.ts'

/** What every question of a run has in common. */
export interface Asking {
  readonly api: ChatApi
  /** As the server calls it. */
  readonly model: string
  readonly system: string | null
  readonly maxTokens: number
  /** null = whatever the server does by itself. */
  readonly temperature: number | null
  readonly tokensAs: TokensAs
}

export function askOf({ system, maxTokens, temperature }: Asking, task: Task): Ask {
  return ask(promptOf(task), { system, maxTokens, temperature })
}
