import type { CardView } from '../audience.ts'
import { printCard } from '../read.ts'
import type { Doc } from './blocks.ts'
import { type CardSetting, cardDoc } from './card-doc.ts'
import { cycloneDx } from './cyclonedx.ts'
import { euForm, sb53Report } from './forms.ts'
import { htmlPage } from './html.ts'
import { huggingFaceReadme } from './huggingface.ts'
import { markdown } from './markdown.ts'

export type { Doc, Section } from './blocks.ts'
export { type CardSetting, cardDoc } from './card-doc.ts'
export { CARD_STYLE_HASH, leadHtml, sectionHtml } from './html.ts'

export const CARD_FORMATS = [
  'hf',
  'cyclonedx',
  'sb53',
  'sb53-html',
  'eu',
  'eu-html',
  'json',
  'yaml',
  'html',
  'markdown',
] as const
export type CardFormat = (typeof CARD_FORMATS)[number]

export interface CardExport {
  readonly contentType: string
  /** Without a folder. */
  readonly fileName: string
  readonly body: string
}

const MARKDOWN = 'text/markdown; charset=utf-8'
const HTML = 'text/html; charset=utf-8'

/** A card in a form that others read. */
export function exportCard(view: CardView, format: CardFormat, setting: CardSetting): CardExport {
  const { model } = view.card.identity
  const page = (doc: Doc, name: string): CardExport => ({
    contentType: HTML,
    fileName: `${model}${name}.html`,
    body: htmlPage(doc),
  })
  const text = (doc: Doc, name: string): CardExport => ({
    contentType: MARKDOWN,
    fileName: `${model}${name}.md`,
    body: markdown(doc),
  })
  switch (format) {
    case 'hf':
      return { contentType: MARKDOWN, fileName: 'README.md', body: huggingFaceReadme(view, setting) }
    case 'cyclonedx':
      return {
        contentType: 'application/vnd.cyclonedx+json; version=1.6',
        fileName: `${model}.cdx.json`,
        body: cycloneDx(view, setting),
      }
    case 'sb53':
      return text(sb53Report(view, setting), '.sb53')
    case 'sb53-html':
      return page(sb53Report(view, setting), '.sb53')
    case 'eu':
      return text(euForm(view, setting), '.eu')
    case 'eu-html':
      return page(euForm(view, setting), '.eu')
    case 'html':
      return page(cardDoc(view, setting), '')
    case 'markdown':
      return text(cardDoc(view, setting), '')
    case 'json':
      return {
        contentType: 'application/json',
        fileName: `${model}.json`,
        body: `${JSON.stringify(view.card, null, 2)}\n`,
      }
    case 'yaml':
      return { contentType: 'application/yaml', fileName: `${model}.yaml`, body: printCard(view.card) }
  }
}
