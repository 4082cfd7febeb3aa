/** What is only rehearsed must never be taken for what is so, nor the other way round. */
export function DrillBand() {
  return (
    <div className="rounded-md border-2 border-dashed border-watch bg-watch-soft px-3 py-2">
      <strong className="mr-2 tracking-widest text-watch">DRILL</strong>
      This is rehearsed: all of it is recorded, and no customer, key or run is touched.
    </div>
  )
}

export function DrillMark() {
  return (
    <span className="rounded-sm border border-dashed border-watch px-1 text-xs font-semibold tracking-widest text-watch">
      DRILL
    </span>
  )
}
