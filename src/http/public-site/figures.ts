import { html } from 'hono/html'
import { type Breakdown, cellWords } from '../../transparency/index.ts'
import type { Html } from './layout.ts'

export interface Figure {
  readonly name: Html | string
  readonly shown: string
  /** What the bar shows: certain up to `least`, possible up to `most`. */
  readonly least: number
  readonly most: number
}

/** Widths are given in thousandths: the bar is as wide as its column, whatever that is. */
const FULL = 1_000

/**
 * Figures as a table with a bar in each row: the chart and the table behind it are one, read out as a table and drawn as a chart. Bars are
 * drawn by the page itself, without a script or a style that the site would have to allow.
 */
export function figureTable(caption: string, [what, count]: readonly [string, string], rows: readonly Figure[]): Html {
  const longest = Math.max(1, ...rows.map(({ most }) => most))
  const width = (value: number) => Math.round((value / longest) * FULL)
  return html`<table class="figures">
<caption>${caption}</caption>
<thead><tr><th scope="col">${what}</th><th scope="col" class="count">${count}</th><th class="bars" aria-hidden="true"></th></tr></thead>
<tbody>${rows.map(
    ({ name, shown, least, most }) => html`<tr><th scope="row">${name}</th><td class="count">${shown}</td>
<td class="bars" aria-hidden="true"><svg class="bar" viewBox="0 0 ${FULL} 10" preserveAspectRatio="none"><rect class="maybe" width="${width(most)}" height="10"/><rect width="${width(least)}" height="10"/></svg></td></tr>`,
  )}</tbody>
</table>`
}

/** A breakdown; what is withheld is said, not drawn. @param nameOf a cell by its key */
export function breakdownTable(
  caption: string,
  head: readonly [string, string],
  breakdown: Breakdown | null,
  nameOf: (key: string) => Html | string,
): Html {
  if (breakdown === null)
    return html`<p class="note">${caption}: broken down once the quarter is over. Watched from day to day, it would tell who did what.</p>`
  if (breakdown.mode === 'withheld')
    return html`<p class="note">${caption}: withheld. The numbers are so small that a customer could be read from them.</p>`
  const rows = breakdown.cells.map((cell) => ({
    name: nameOf(cell.key),
    shown: cellWords(cell),
    least: cell.least ?? 0,
    most: cell.most ?? 0,
  }))
  return html`${figureTable(caption, head, rows)}
${breakdown.mode === 'banded' ? html`<p class="note">In bands of five, since one of these is below five: <a href="#small">why</a>.</p>` : ''}`
}

export function exact(name: string, count: number): Figure {
  return { name, shown: count.toLocaleString('en'), least: count, most: count }
}

/** `1 appeal`, `1,200 appeals`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}
