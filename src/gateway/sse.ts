/** One server-sent event, as WHATWG HTML 9.2 reads it; comments, `id` and `retry` are dropped and never forwarded. */
export interface SseEvent {
  /** The `event:` field, null when absent. */
  readonly name: string | null
  /** The `data:` lines joined by `\n`. */
  readonly data: string
}
