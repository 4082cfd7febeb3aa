/** From a hundredth of a percent on, two steps for each doubling: how much of a version in a day. */
export function dayLevel(share: number): number {
  return Math.max(0, Math.floor(2 * Math.log2(share / 1e-4)))
}

/** From a thousandth of a percent on, two steps for each doubling: how much of a version by now. */
export function shareLevel(share: number): number {
  return Math.max(0, Math.floor(2 * Math.log2(share / 1e-5)))
}

/** As a person would say it. */
export function percent(share: number): string {
  const number = 100 * share
  return `${number >= 10 ? Math.round(number) : number.toPrecision(2)} %`
}
