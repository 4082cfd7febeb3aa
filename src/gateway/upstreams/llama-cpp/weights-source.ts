/** Weights to be served from, for as long as they may be. */
export interface ServedWeights extends AsyncDisposable {
  /** Of an open file; what comes from the vault has no name and lies on no disk. */
  readonly fd: number
  /** Comes, with its reason, when they may be served no longer: what has them is to be ended then. */
  readonly ended: AbortSignal
}

/** Gives out weights under a grant to serve them. Answered by whoever counts and records what is read. */
export interface WeightsSource {
  /** @param file its path in the version that the grant names. @throws {AppError} saying why it gives out nothing */
  open(grant: string, file: string): Promise<ServedWeights>
}

/** The weights of one model, wherever they come from. */
export interface OwnWeights {
  /** @throws {AppError} saying why there are none */
  open(): Promise<ServedWeights>
  /** Whether they are there at all; absent where only reading tells. @throws {AppError} UPSTREAM_UNAVAILABLE */
  reach?(): Promise<void>
}
