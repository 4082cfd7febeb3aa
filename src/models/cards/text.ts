import { z } from 'zod'

/** Controls other than tab and line feed, and characters that turn the direction of what follows: they make a page say what its source doesn't. */
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/u

function isPlain(text: string): boolean {
  return !UNSEEN.test(text) && text.isWellFormed()
}

const UNPLAIN = 'holds characters that are not seen: controls, turns of direction, or half of a character'

/** Words of one line. */
export const Line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine((text) => isPlain(text) && !/[\n\t]/.test(text), 'one line of plain text')

/** Words of any number of lines. Blank lines part paragraphs; nothing else is markup. */
export const Prose = (most: number) => z.string().trim().min(1).max(most).refine(isPlain, UNPLAIN)

/** Text of strangers without what is not seen, in at most so many characters. */
export function plain(text: string, most: number): string {
  const seen = text.toWellFormed().replaceAll('\r\n', '\n').replaceAll(new RegExp(UNSEEN, 'gu'), '')
  return seen.length > most
    ? `${seen
        .slice(0, most - 1)
        .toWellFormed()
        .replace(/\ufffd$/, '')}…`
    : seen
}

/** An address that a page may link to. */
export const Link = z
  .string()
  .max(500)
  .refine(
    (text) => /^(https?:\/\/|mailto:|tel:)[^\s<>"'`]+$/i.test(text) && isPlain(text),
    'an address: https://…, mailto:… or tel:…',
  )

/** Paragraphs: what blank lines part. Line by line, since patterns over white space take long on much of it. */
export function paragraphsOf(text: string): string[] {
  const parts: string[][] = [[]]
  for (const line of text.split('\n')) {
    if (line.trim() === '') parts.push([])
    else parts.at(-1)?.push(line.trimEnd())
  }
  return parts.filter((lines) => lines.length > 0).map((lines) => lines.join('\n').trim())
}

/** The same words on one line. */
export function onOneLine(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ')
}
