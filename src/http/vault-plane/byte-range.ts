/** Which bytes of a file a request is for. */
export type Wanted =
  | { readonly type: 'whole' }
  | { readonly type: 'part'; readonly start: number; readonly length: number }
  | { readonly type: 'unsatisfiable' }

const WHOLE: Wanted = { type: 'whole' }
const NONE: Wanted = { type: 'unsatisfiable' }
/** More digits than the largest file has. */
const BYTE_RANGE = /^bytes=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i

/**
 * Reads the header `range`. What is no single range of bytes counts as if nothing was asked for, and the whole is given (RFC 9110 §14.2): so
 * do several ranges at once, which no reader of weights needs.
 *
 * @param header hostile; null when there is none
 */
export function wantedOf(header: string | null, sizeBytes: number): Wanted {
  const [, from = '', to = ''] = BYTE_RANGE.exec(header ?? '') ?? []
  if (from === '' && to === '') return WHOLE
  if (from === '') {
    const length = Math.min(Number(to), sizeBytes)
    return length === 0 ? NONE : { type: 'part', start: sizeBytes - length, length }
  }
  const [start, last] = [Number(from), to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1)]
  if (to !== '' && Number(to) < start) return WHOLE // not a range at all
  return start >= sizeBytes ? NONE : { type: 'part', start, length: last - start + 1 }
}

/** Whether `if-range` names this very file; a date never does, since nothing here is told by dates. @see RFC 9110 §13.1.5 */
export function isUnchanged(ifRange: string | null, etag: string): boolean {
  return ifRange === null || ifRange.trim() === etag
}

/** Whether `if-none-match` names this very file. */
export function isKnown(ifNoneMatch: string | null, etag: string): boolean {
  return (ifNoneMatch ?? '').split(',').some((one) => one.trim().replace(/^W\//, '') === etag || one.trim() === '*')
}
