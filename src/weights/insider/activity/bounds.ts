/** Longest line of any source, in bytes. */
export const MAX_LINE_BYTES = 64 * 1024
/** Longest identifier, kind or name of a field, in UTF-16 units. */
export const MAX_NAME = 200
/** Longest value of a field. */
export const MAX_TEXT = 2_000
/** Most fields of one activity. */
export const MAX_FIELDS = 100
/** 9999-12-31T23:59:59.999Z: later ones have no ISO form with four digits of a year. */
export const MAX_TIME_MS = 253_402_300_799_999
/** Most bytes of one activity, and the furthest position in a file: numbers stay exact. */
export const MAX_BYTES = Number.MAX_SAFE_INTEGER
/** `weights.read`, `okta.user.session.start`, `auditd.usb_mount`. */
export const KIND = /^[a-z]{1,20}(\.[A-Za-z0-9_:-]{1,80}){1,8}$/

/** Whether a text is fit to be kept: PostgreSQL takes neither NUL nor lone surrogates. */
export function isClean(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}
