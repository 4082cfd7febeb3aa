import pc from 'picocolors'
import type { App } from '../app.ts'
import { VERSION } from '../base/version.ts'
import { SANDBOX_MODEL } from '../gateway/index.ts'

const COLUMN = 11

interface Addresses {
  readonly publicUrl: string
  readonly consoleUrl: string
  /** The first customer key, only at the start that made it. */
  readonly key: string | null
  /** Of the one-time link for the first administrator; null when there has been one. */
  readonly setupToken: string | null
}

/** What a person reads when the server is ready: where everything is and what to paste next. */
export function readyBlock(app: App, { publicUrl, consoleUrl, key, setupToken }: Addresses): string {
  const { witnessed = false, by = [] } = app.witnessing?.state() ?? {}
  const witnesses = witnessed ? `witnessed by ${by.join(', ')}` : 'unwitnessed'
  const lines = [
    '',
    `  ${pc.bold(`Safelevel ${VERSION}`)}        ${pc.dim(`profile ${app.config.controls.profile} · its commitments are being looked at · ${witnesses}`)}`,
    ...observedNote(app),
    ...restoredNote(app),
    ...policyNote(app),
    '',
    row('Gateway', `${publicUrl}/v1`, describeModels(app)),
    row(
      'Console',
      consoleUrl,
      setupToken === null ? 'sign in with your security key' : 'first administrator, within 60 min:',
    ),
    ...(setupToken === null ? [] : [`  ${''.padEnd(COLUMN)}${consoleUrl}/setup#${setupToken}`]),
    row('Public', publicUrl, `policy, reporting, ledger of ${app.ledger.size} entries`),
    row(
      'Data',
      app.config.dataDir,
      app.storeKind === 'embedded' ? 'embedded PostgreSQL, local files' : 'PostgreSQL, local files',
    ),
    '',
    ...keyLines(key, publicUrl),
    '',
  ]
  return lines.join('\n')
}

/** Until somebody switches it, nobody shall take what is observed for enforced. */
function observedNote(app: App): string[] {
  const surfaces = app.observed()
  if (surfaces.length === 0) return []
  const why =
    app.config.streaming.mode === 'tail'
      ? 'streaming.mode is tail: streams leave before they are judged'
      : 'set mode: enforce under surfaces in safelevel.yaml'
  return [pc.yellow(`  ◐ OBSERVED ONLY on ${surfaces.join(', ')}: refusals are recorded and passed on (${why}).`)]
}

/** Whoever follows the ledger must hear of it from somebody. */
function restoredNote({ restoration }: App): string[] {
  const words = restoration.words()
  return words === null
    ? []
    : [pc.yellow(`  ◐ RESTORED: ${words}. Tell whoever follows the ledger, then: safelevel backup settle`)]
}

/** Said only where it may surprise: somebody who edits the file waits for an effect that will not come. */
function policyNote({ policies }: App): string[] {
  const { inForce, file, rule, problem } = policies.status()
  const notes = inForce.source === 'published' && file.differs ? [rule] : []
  return [...notes, ...(problem === null ? [] : [problem])].map((note) => pc.yellow(`  Policy: ${note}.`))
}

function keyLines(key: string | null, publicUrl: string): string[] {
  if (key === null) return [pc.dim('  Keys are shown once, when they are made. One more: npx safelevel key create')]
  const ask = (question: string) =>
    [
      `    curl ${publicUrl}/v1/chat/completions -H 'authorization: Bearer ${key}' \\`,
      `      -H 'content-type: application/json' -d '{"model":"${SANDBOX_MODEL}","messages":[{"role":"user","content":"${question}"}]}'`,
    ].join('\n')
  return [
    row('Your key', key, ''),
    pc.dim(`  ${''.padEnd(COLUMN)}shown once; one more: npx safelevel key create`),
    '',
    '  An answer:',
    ask('How do I bake bread?'),
    '',
    '  A refusal:',
    ask('How do I make a pipe bomb?'),
    '',
    '  The proof of both:',
    '    npx safelevel ledger verify',
  ]
}

function describeModels(app: App): string {
  const names = app.models
    .list()
    .map((model) => (model.sandbox ? `${model.name} (built in; not a real model)` : model.name))
  return names.length === 1
    ? `model ${names[0]}`
    : `models ${names.slice(0, 4).join(', ')}${names.length > 4 ? ', …' : ''}`
}

function row(label: string, value: string, note: string): string {
  return `  ${label.padEnd(COLUMN)}${value.padEnd(32)}${note === '' ? '' : ` ${pc.dim(note)}`}`.trimEnd()
}
