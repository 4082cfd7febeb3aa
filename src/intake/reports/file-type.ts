import type { FileType } from '../schema.ts'

/** What a file is, by its bytes; or why it isn't taken and what to do instead, in a sentence for who sent it. */
export type Recognised = { readonly type: FileType } | { readonly refusal: string }

const TEXT_ADVICE = 'send it as plain text, PNG, JPEG, WebP or PDF'
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const AGE = Buffer.from('age-encryption.org/v1\n')
const MARKUP = /^\s*(<\?xml|<!doctype|<!--|<html|<svg|<script|<head|<body|<math|<iframe)/i
const PDF_END_WITHIN = 1_024

/** Named, so that who sent it is told what to do; whatever else is none of ours is refused as well. */
const REFUSED: readonly { readonly starts: Buffer; readonly refusal: string }[] = [
  {
    starts: Buffer.from('PK\x03\x04'),
    refusal: 'Archives and office files are not taken: unpack it, and send what matters as text or PDF.',
  },
  { starts: Buffer.from('PK\x05\x06'), refusal: 'Archives are not taken: unpack it, and send what matters.' },
  { starts: Buffer.from([0x1f, 0x8b]), refusal: 'Archives are not taken: unpack it, and send what matters.' },
  { starts: Buffer.from('Rar!'), refusal: 'Archives are not taken: unpack it, and send what matters.' },
  {
    starts: Buffer.from([0x37, 0x7a, 0xbc, 0xaf]),
    refusal: 'Archives are not taken: unpack it, and send what matters.',
  },
  { starts: Buffer.from([0xd0, 0xcf, 0x11, 0xe0]), refusal: 'Office files are not taken: save it as PDF or text.' },
  { starts: Buffer.from('MZ'), refusal: 'Programs are not taken: describe what it does in words.' },
  { starts: Buffer.from('\x7fELF'), refusal: 'Programs are not taken: describe what it does in words.' },
  { starts: Buffer.from('GIF8'), refusal: 'GIF is not taken: save the picture as PNG.' },
]

/**
 * Recognises a file by its content alone: its name and the type that the sender names are never looked at. Files are kept sealed and never
 * shown, unpacked or run here; this keeps out what would harm who opens it later, and what hides a second file behind the first.
 */
export function fileType(bytes: Buffer): Recognised {
  if (bytes.length === 0) return { refusal: 'The file is empty.' }
  for (const { starts, refusal } of REFUSED) if (startsWith(bytes, starts)) return { refusal }
  if (startsWith(bytes, PNG)) return whole('png', endOfPng(bytes) === bytes.length)
  if (startsWith(bytes, Buffer.from([0xff, 0xd8, 0xff])))
    return whole('jpeg', bytes.subarray(-2).equals(Buffer.from([0xff, 0xd9])))
  if (startsWith(bytes, Buffer.from('RIFF')) && bytes.subarray(8, 12).equals(Buffer.from('WEBP')))
    return whole('webp', bytes.readUInt32LE(4) + 8 === bytes.length)
  if (startsWith(bytes, Buffer.from('%PDF-'))) return whole('pdf', bytes.subarray(-PDF_END_WITHIN).includes('%%EOF'))
  if (startsWith(bytes, AGE)) return { type: 'age' }
  return recognisedText(bytes)
}

function startsWith(bytes: Buffer, start: Buffer): boolean {
  return bytes.subarray(0, start.length).equals(start)
}

function whole(type: FileType, ends: boolean): Recognised {
  return ends
    ? { type }
    : { refusal: `The ${type.toUpperCase()} file is damaged, or something is appended to it: save it anew.` }
}

/** Where the last chunk of a PNG ends; -1 when its chunks don't add up. @see PNG specification, third edition, §5.3 */
function endOfPng(bytes: Buffer): number {
  let at = PNG.length
  while (at + 12 <= bytes.length) {
    const end = at + 12 + bytes.readUInt32BE(at)
    if (end > bytes.length) return -1
    if (bytes.toString('latin1', at + 4, at + 8) === 'IEND') return end
    at = end
  }
  return -1
}

function recognisedText(bytes: Buffer): Recognised {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return { refusal: `This kind of file is not taken: ${TEXT_ADVICE}.` }
  }
  if (MARKUP.test(text.slice(0, 1_000)))
    return {
      refusal: 'HTML, SVG and XML are not taken: send a picture, or the source as text after a line of your own.',
    }
  if (/[^\P{Cc}\t\n\r]/u.test(text))
    return { refusal: `The text holds control characters: take them out, or ${TEXT_ADVICE}.` }
  return { type: 'text' }
}
