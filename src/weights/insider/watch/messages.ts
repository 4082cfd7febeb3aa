import type { Activity } from '../activity/index.ts'
import type { InsiderConfig } from '../config.ts'
import type { Fed, Standing } from './engine.ts'

/** What the thread is started with. */
export interface EngineInput {
  readonly config: InsiderConfig
  /** Causes that count for nothing. */
  readonly off?: readonly string[]
}

/** What is asked of the thread. */
export type EngineOrder =
  | { readonly op: 'feed'; readonly activities: readonly Activity[]; readonly nowMs: number }
  | { readonly op: 'snapshot' }
  | { readonly op: 'restore'; readonly state: Uint8Array }
  | { readonly op: 'standings'; readonly most: number }

export type EngineAnswer =
  | { readonly fed: Fed; readonly newestMs: number }
  | { readonly state: Uint8Array }
  | { readonly standings: readonly Standing[] }

export type EngineReply =
  | { readonly id: number; readonly answer: EngineAnswer }
  | { readonly id: number; readonly fault: { readonly code: string; readonly message: string } }
