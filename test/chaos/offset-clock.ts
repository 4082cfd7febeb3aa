import { existsSync, writeFileSync } from 'node:fs'

const LIBRARIES = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map((arch) => `/usr/lib/${arch}/faketime/libfaketime.so.1`)

/** The wall clock of one process, by libfaketime (Debian: apt-get install faketime): it can be wrong, and jump while the process runs. */
export class OffsetClock {
  readonly #file: string
  readonly env: Readonly<Record<string, string>>

  private constructor(file: string, library: string) {
    this.#file = file
    this.env = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1',
      // Durations stay true, as they do on a machine whose clock is set.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    }
    this.set(0)
  }

  /** Null where libfaketime is not installed. */
  static make(file: string): OffsetClock | null {
    const library = LIBRARIES.find((path) => existsSync(path))
    return library === undefined ? null : new OffsetClock(file, library)
  }

  /** Takes effect within a second. */
  set(offsetSeconds: number): void {
    writeFileSync(this.#file, `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}\n`)
  }
}
