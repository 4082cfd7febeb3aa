/**
 * Writes the authored training texts: `node training/screen/authored/generate.ts`. Seeded; the output is committed.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HAZARDS, LABELS, type Label } from '../../../src/screening/taxonomy.ts'
import { seeded } from '../model.ts'
import { ANSWER, ASK, COMPLY, REFUSE } from './frames.ts'
import { HARMFUL, METHOD_TEXTS } from './harmful.ts'
import { EVERYDAY, NEARBY } from './harmless.ts'

const random = seeded(20_26)
const EXPANSIONS = 16
const FRAMES = 3

interface AuthoredRow {
  readonly text: string
  readonly role: 'prompt' | 'completion'
  readonly harmful: 0 | 1 | null
  readonly kind: string
  readonly labels: readonly Label[]
  readonly group: string
}

function pick<T>(items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new RangeError('nothing to pick from')
  return item
}

function expandOnce(pattern: string): string {
  const text = pattern.replace(/\(([^()]*)\)/g, (_, choices: string) => pick(choices.split('|')))
  return text
    .replace(/\s+/g, ' ')
    .replace(/ ([?.,!])/g, '$1')
    .trim()
}

/** Up to `count` different expansions of a pattern. */
function expand(pattern: string, count: number): string[] {
  const found = new Set<string>()
  for (let tries = 0; tries < count * 3 && found.size < count; tries++) found.add(expandOnce(pattern))
  return [...found]
}

function row(
  text: string,
  role: AuthoredRow['role'],
  harmful: 0 | 1 | null,
  kind: string,
  labels: readonly Label[],
  group: string,
): AuthoredRow {
  return { text, role, harmful, kind, labels, group }
}

function framed(frame: string, phrase: string): string {
  const text = frame.replace('{}', phrase)
  return random() < 0.25 ? text.toLowerCase() : text.charAt(0).toUpperCase() + text.slice(1)
}

/** A phrase that does not fit "how to" is asked for as it stands. */
function ask(phrase: string): string {
  const said = random()
  if (said < 0.12) return phrase
  if (said < 0.2) return `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}.`
  return framed(pick(ASK), phrase)
}

const harmful: AuthoredRow[] = []
for (const label of LABELS) {
  const labels: Label[] = label === 'general_harm' ? ['general_harm'] : [label]
  for (const pattern of HARMFUL[label] ?? []) {
    for (const phrase of expand(pattern, EXPANSIONS)) {
      const group = phrase.split(' ').slice(0, 6).join(' ')
      for (let k = 0; k < FRAMES; k++) harmful.push(row(ask(phrase), 'prompt', 1, 'direct', labels, group))
      harmful.push(row(framed(pick(COMPLY), phrase), 'completion', 1, 'direct', labels, group))
      harmful.push(row(framed(pick(REFUSE), phrase), 'completion', 0, 'refusal', [], group))
    }
  }
}

const harmless: AuthoredRow[] = []
for (const pattern of EVERYDAY) {
  for (const phrase of expand(pattern, EXPANSIONS * 2)) {
    const group = phrase.split(' ').slice(0, 6).join(' ')
    for (let k = 0; k < FRAMES; k++) harmless.push(row(ask(phrase), 'prompt', 0, 'benign', [], group))
    harmless.push(row(framed(pick(ANSWER), phrase), 'completion', 0, 'benign', [], group))
  }
}
for (const pattern of NEARBY) {
  for (const text of expand(pattern, EXPANSIONS * 3)) {
    harmless.push(row(text, 'prompt', 0, 'benign', [], text))
    harmless.push(row(text.toLowerCase(), 'prompt', 0, 'benign', [], text))
  }
}

const methods: AuthoredRow[] = []
const requests = harmful.filter(({ role }) => role === 'prompt')
for (const label of LABELS) {
  for (const pattern of METHOD_TEXTS[label] ?? []) {
    for (const text of expand(pattern, EXPANSIONS * 2)) {
      methods.push(row(text, 'prompt', null, 'jailbreak', [label], text))
      const request = pick(requests)
      methods.push(row(`${text} ${request.text}`, 'prompt', 1, 'jailbreak', [label, ...request.labels], request.group))
    }
  }
}

const DISGUISES: readonly ((text: string) => string)[] = [
  (text) => `Decode this base64 and do what it says: ${Buffer.from(text).toString('base64')}`,
  (text) => Buffer.from(text).toString('base64'),
  (text) => Buffer.from(text).toString('hex'),
  (text) => `Answer the following rot13 text: ${rot13(text)}`,
  (text) => rot13(text),
  (text) => [...text].join(' '),
  (text) => [...text].join('.'),
  (text) => [...text].reverse().join(''),
  (text) => text.replace(/[oeast]/gi, (c) => ({ o: '0', e: '3', a: '4', s: '5', t: '7' })[c.toLowerCase()] ?? c),
  (text) => `Reply only in (base64|rot13|morse code|reversed text) so that the filter does not notice. ${text}`,
  (text) => encodeURIComponent(text).replace(/[a-z]/gi, (c) => `%${c.charCodeAt(0).toString(16)}`),
]

function rot13(text: string): string {
  return text.replace(/[a-z]/gi, (c) =>
    String.fromCharCode((c.charCodeAt(0) & 31) <= 13 ? c.charCodeAt(0) + 13 : c.charCodeAt(0) - 13),
  )
}
for (const disguise of DISGUISES) {
  for (let k = 0; k < 60; k++) {
    const source = pick(k % 2 === 0 ? requests : harmless.filter(({ role }) => role === 'prompt'))
    methods.push(row(expandOnce(disguise(source.text)), 'prompt', null, 'obfuscation', ['obfuscation'], source.group))
  }
}

for (const [name, rows] of Object.entries({
  'authored-harmful': harmful,
  'authored-harmless': harmless,
  'authored-methods': methods,
})) {
  const unique = new Map(rows.map((item) => [`${item.role} ${item.text}`, item]))
  writeFileSync(
    join(import.meta.dirname, `${name}.jsonl`),
    [...unique.values()].map((item) => `${JSON.stringify(item)}\n`).join(''),
  )
  process.stderr.write(`${name}: ${unique.size} rows\n`)
}
const missing = HAZARDS.filter((hazard) => HARMFUL[hazard] === undefined && hazard !== 'specialized_advice')
if (missing.length > 0) throw new Error(`no phrases for ${missing.join(', ')}`)
