import type { Authority, MachineDefinition } from './definition.ts'

/** The machine as a Mermaid state diagram, from the definition that runs. */
export function diagramOf({ initial, alsoStarts = [], states, transitions }: MachineDefinition): string {
  const lines = ['stateDiagram-v2', ...[initial, ...alsoStarts].map((state) => `  [*] --> ${state}`)]
  for (const [id, { title }] of Object.entries(states)) lines.push(`  ${id} : ${title.replaceAll(':', '')}`) // a second colon would end it
  for (const [name, { from, to, authority }] of Object.entries(transitions)) {
    for (const state of from) lines.push(`  ${state} --> ${to} : ${name} (${brief(authority)})`)
  }
  return `${lines.join('\n')}\n`
}

/** The same as tables: states, then steps with who takes them and on what evidence. */
export function tablesOf({ states, transitions, evidence }: MachineDefinition): string {
  const lines = ['| state | what holds |', '| --- | --- |']
  for (const [id, { title, says }] of Object.entries(states)) lines.push(`| \`${id}\` ${title} | ${says} |`)
  lines.push('', '| step | who | needs | source |', '| --- | --- | --- | --- |')
  for (const [name, { title, authority, needs, source }] of Object.entries(transitions)) {
    const wanted = needs.map((kinds) => kinds.map((kind) => `\`${kind}\``).join(' or ')).join(', ')
    lines.push(`| \`${name}\` ${title} | ${who(authority)} | ${wanted === '' ? 'nothing' : wanted} | ${source} |`)
  }
  lines.push('', '| evidence | what it is | who shows it |', '| --- | --- | --- |')
  for (const [kind, { says, by }] of Object.entries(evidence)) lines.push(`| \`${kind}\` | ${says} | ${by} |`)
  return `${lines.join('\n')}\n`
}

function brief(authority: Authority): string {
  if (authority.by === 'one') return authority.orSystem ? 'one or system' : 'one'
  return authority.by
}

function who(authority: Authority): string {
  if (authority.by === 'system') return 'the system'
  if (authority.by === 'one') {
    return `one of ${authority.roles.join(', ')}${authority.orSystem === true ? '; the system too' : ''}`
  }
  const seats = authority.seats.map((roles) => roles.join(' or ')).join(' and ')
  return `two: one of ${authority.requesters.join(', ')} asks, ${seats} agrees`
}
