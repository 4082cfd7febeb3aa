import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { LedgerEvent } from '../../src/ledger/index.ts'
import { EVENT_WORDS } from './event-words.ts'
import { page, table } from './markdown.ts'

const ABOUT =
  'What is recorded. An event holds identifiers, numbers, codes and keyed digests, never what was said nor who somebody is outside of here. The log that is public holds only a salted hash of each ([ADR 2](../../adr/0002-ledger.md)).'
const READING =
  '`safelevel ledger tail --follow` shows them as they come; `GET /api/v1/ledger/events` streams them, and channels of [notify](../notify.md) carry those whose kinds they name.'

const SOURCES = new URL('../../src/', import.meta.url).pathname
/** Made-up activities, and what other systems record: none of it comes to the ledger under these names. */
const ELSEWHERE = /\.test\.ts$|^weights\/insider\/(simulation|behaviour)\/|^gateway\/dialects\//
/** What people are told of besides what is recorded. */
const NOTICES: ReadonlySet<string> = new Set(['review.overdue', 'review.handoff_owed'])

interface JsonSchema {
  readonly properties?: Readonly<Record<string, { readonly description?: string }>>
}

/** docs/guide/reference/ledger-events.md */
export function ledgerEventsPage(): string {
  checkAgainstCode()
  const chapters = Object.entries(EVENT_WORDS).map(
    ([title, words]) =>
      `## ${title}\n\n${table(
        ['kind', 'what happened'],
        Object.entries(words).map(([kind, says]) => [`\`${kind}\``, says]),
      )}`,
  )
  return page('Events on the ledger', ABOUT, [shapeOfAll(), READING, ...chapters])
}

/** What every event has, from its schema. */
function shapeOfAll(): string {
  const { properties = {} } = z.toJSONSchema(LedgerEvent, { reused: 'inline' }) as JsonSchema
  const rows = Object.entries(properties).map(([name, { description }]) => [
    `\`${name}\``,
    description ?? FIELD_WORDS[name] ?? '',
  ])
  return `## Every event\n\n${table(['field', ''], rows)}`
}

const FIELD_WORDS: Readonly<Record<string, string>> = {
  actor: 'who did it: `key`, `operator`, `system`, `staff` or `anonymous`, and an identifier',
  subject: 'what it is about: a type and an identifier',
  policy: 'version and digest of the policy that ruled, where it mattered',
  data: 'what else there is to say, by kind',
}

/** @throws when the words leave out a kind that the code records, or tell of one that it does not */
function checkAgainstCode(): void {
  const texts = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !ELSEWHERE.test(name))
    .map((name) => readFileSync(join(SOURCES, name), 'utf8'))
  const code = texts.join('\n')
  const told = Object.values(EVENT_WORDS).flatMap((words) => Object.keys(words))
  const begun = [...code.matchAll(/`([a-z]+\.[a-z_]*)\$\{/g)].map(([, prefix = '']) => prefix)
  const gone = told.filter(
    (kind) => !code.includes(`'${kind}'`) && !begun.some((prefix) => kind.startsWith(prefix)) && !isStep(kind),
  )
  const literal =
    /\b(?:kind|event):\s*'([a-z]+(?:\.[a-z_]+)+)'|(?:Event|happening|record|#put)\(\s*'([a-z]+\.[a-z_]+)'/g
  const recorded = [...code.matchAll(literal)].map(([, kind, other]) => kind ?? other ?? '')
  const missing = [...new Set(recorded)].filter((kind) => !told.includes(kind) && !NOTICES.has(kind))
  if (gone.length + missing.length > 0)
    throw new Error(
      `docs/reference/event-words.ts: no words for ${missing.join(', ') || 'none'}; gone from the code: ${gone.join(', ') || 'none'}`,
    )
}

/** `response.${machine}_step`, of which the prefix alone would fit anything. */
function isStep(kind: string): boolean {
  return /^response\.(training|deployment)_step$/.test(kind)
}
