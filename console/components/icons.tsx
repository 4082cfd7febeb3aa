import type { SVGProps } from 'react'

/** Line drawings on a grid of 16, in the colour of the text; always beside a word or in a labelled control. */
const PATHS = {
  check: 'M3 8.5 6.5 12 13 4.5',
  chevronDown: 'm4 6 4 4 4-4',
  chevronRight: 'm6 4 4 4-4 4',
  close: 'm4 4 8 8m0-8-8 8',
  copy: 'M6 6V3.5h6.5V10H10M3.5 6H10v6.5H3.5z',
  download: 'M8 2.5v7m0 0L5 6.5m3 3 3-3M3 13h10',
  key: 'M6.5 9.5a3 3 0 1 1 2.2-1L13 12.8V14h-2v-1.5H9.5V11z',
  menu: 'M2.5 4.5h11M2.5 8h11m-11 3.5h11',
  person: 'M8 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Zm-5 5.5c.6-2.4 2.5-3.5 5-3.5s4.4 1.1 5 3.5',
  plus: 'M8 3v10M3 8h10',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9Zm3.2-1.3L13.5 13.5',
  sortDown: 'M8 3v10m0 0-3-3m3 3 3-3',
  sortUp: 'M8 13V3m0 0L5 6m3-3 3 3',
} as const

export type IconName = keyof typeof PATHS

export function Icon({
  name,
  size = 16,
  ...rest
}: { readonly name: IconName; readonly size?: number } & SVGProps<SVGSVGElement>) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      className="shrink-0"
      {...rest}
    >
      <path d={PATHS[name]} />
    </svg>
  )
}

/** Three bars, the last one shorter: a level that isn't reached. */
export function Logo({ size = 16 }: { readonly size?: number }) {
  return (
    <svg aria-hidden="true" width={size} height={size} viewBox="0 0 16 16" className="shrink-0 text-accent">
      <path fill="currentColor" d="M2 2h12v3H2zM2 6.5h12v3H2zM2 11h7.5v3H2z" />
    </svg>
  )
}
