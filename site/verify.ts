import type { LogSource } from '../src/verify.ts'
import { checkLog, type Remembered } from './check-log.ts'
import { checkProof } from './check-proof.ts'
import { readTrust, type Trust } from './trust.ts'
import { fails, type Mark, reasonOf, type Verdict } from './verdict.ts'

const SIGNS: Readonly<Record<Mark, string>> = { holds: '✓', watch: '◐', fails: '■' }
const MAX_FILE_BYTES = 3_000_000
const MEMORY = 'safelevel-ledger'

const source: LogSource = {
  async read(path) {
    const response = await fetch(`/ledger/${path}`, { cache: path === 'checkpoint' ? 'no-store' : 'default' })
    if (response.status === 404) return null
    if (!response.ok) throw new Error(`/ledger/${path} answered ${response.status}`)
    return new Uint8Array(await response.arrayBuffer())
  },
}

/** @throws {Error} when the page lacks it */
function find<T extends Element>(id: string, type: new () => T): T {
  const element = document.getElementById(id)
  if (!(element instanceof type)) throw new Error(`the page has no ${id}`)
  return element
}

const form = find('proof-form', HTMLFormElement)
const proofText = find('proof', HTMLTextAreaElement)
const trustText = find('trust', HTMLTextAreaElement)
const fileInput = find('file', HTMLInputElement)
const drop = find('drop', HTMLElement)
const logVerdict = find('log-verdict', HTMLElement)
const proofVerdict = find('proof-verdict', HTMLElement)
const forget = find('forget', HTMLButtonElement)
const site = { vkey: form.dataset.vkey ?? '', policy: form.dataset.policy ?? '' }

function trust(): Trust {
  return readTrust(trustText.value, site)
}

async function showLog(): Promise<void> {
  const started = performance.now()
  logVerdict.replaceChildren('Checking…')
  try {
    const { verdict, remember } = await checkLog(source, site, trust(), remembered())
    if (remember !== null) keep(remember)
    show(logVerdict, verdict, performance.now() - started)
  } catch (error) {
    show(logVerdict, { mark: 'fails', title: 'The log could not be checked', facts: [fails(reasonOf(error))] }, 0)
  }
}

async function showProof(text: string): Promise<void> {
  const started = performance.now()
  if (text.trim() === '') {
    proofVerdict.replaceChildren('Paste a proof, or choose its file.')
    return
  }
  proofVerdict.replaceChildren('Checking…')
  try {
    show(proofVerdict, await checkProof(text, trust()), performance.now() - started)
  } catch (error) {
    show(proofVerdict, { mark: 'fails', title: 'Not verified', facts: [fails(reasonOf(error))] }, 0)
  }
}

async function takeFile(file: File | undefined): Promise<void> {
  if (file === undefined) return
  if (file.size > MAX_FILE_BYTES) {
    show(proofVerdict, { mark: 'fails', title: 'Not verified', facts: [fails('no proof is as large as this file')] }, 0)
    return
  }
  proofText.value = await file.text()
  await showProof(proofText.value)
}

/** Text alone, never markup: what is shown was written by others. */
function show(target: HTMLElement, { mark, title, facts, attached }: Verdict, ms: number): void {
  const heading = element('p', `verdict ${mark}`, `${SIGNS[mark]} ${title}`)
  const list = document.createElement('ul')
  list.className = 'facts'
  for (const fact of facts) {
    const item = document.createElement('li')
    const sign = element('span', fact.mark, `${SIGNS[fact.mark]} `)
    item.append(sign, fact.words)
    list.append(item)
  }
  const time = element('p', 'note', ms === 0 ? '' : `Checked in this browser in ${Math.max(1, Math.round(ms))} ms.`)
  target.replaceChildren(heading, list, ...attachment(attached), time)
}

function attachment(attached: Verdict['attached']): HTMLElement[] {
  if (attached === undefined) return []
  const text = element('pre', '', '')
  text.tabIndex = 0
  text.append(element('code', '', attached.text))
  return [element('h3', '', attached.title), text]
}

function element(name: string, className: string, text: string): HTMLElement {
  const made = document.createElement(name)
  if (className !== '') made.className = className
  made.textContent = text
  return made
}

function remembered(): Remembered | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(MEMORY) ?? 'null')
    if (typeof value !== 'object' || value === null) return null
    const { vkey, note, at }: Partial<Record<keyof Remembered, unknown>> = value
    return typeof vkey === 'string' && typeof note === 'string' && typeof at === 'string' ? { vkey, note, at } : null
  } catch {
    return null
  }
}

function keep(what: Remembered): void {
  try {
    localStorage.setItem(MEMORY, JSON.stringify(what))
    forget.hidden = false
  } catch {
    // A browser that keeps nothing checks each visit as its first.
  }
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  void showProof(proofText.value)
})
fileInput.addEventListener('change', () => void takeFile(fileInput.files?.[0]))
drop.addEventListener('dragover', (event) => {
  event.preventDefault()
  drop.classList.add('over')
})
drop.addEventListener('dragleave', () => drop.classList.remove('over'))
drop.addEventListener('drop', (event) => {
  event.preventDefault()
  drop.classList.remove('over')
  void takeFile(event.dataTransfer?.files[0])
})
find('again', HTMLButtonElement).addEventListener('click', () => void showLog())
forget.hidden = remembered() === null
forget.addEventListener('click', () => {
  localStorage.removeItem(MEMORY)
  forget.hidden = true
  logVerdict.replaceChildren('Forgotten. The next check is the first again.')
})
trustText.addEventListener('change', () => void showLog())
void showLog()
