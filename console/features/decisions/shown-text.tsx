import { pieces } from './hidden-characters.ts'

/** Text of strangers, in which what doesn't show stands as a mark. */
export function ShownText({ text }: { readonly text: string }) {
  return pieces(text).map((piece, i) =>
    piece.hidden ? (
      <span
        key={i}
        title="a character that is not shown"
        className="mx-px rounded-sm border border-edge px-0.5 text-xs text-quiet"
      >
        {piece.text}
      </span>
    ) : (
      piece.text
    ),
  )
}
