import type { AttackScript } from '../schema.ts'

/** What is said to a model in one question: earlier turns among it, whoever wrote them. */
export type Pitch = AttackScript
export type PitchTurn = Pitch['turns'][number]

export function pitchOf(text: string, system: string | null = null): Pitch {
  return { system, turns: [{ role: 'user', text }] }
}

/** The last thing that the user says; '' where they say nothing. */
export function askedIn({ turns }: Pitch): string {
  return turns.findLast(({ role }) => role === 'user')?.text ?? ''
}

/** The same, with these turns in place of the user's last one; what comes after it stays. */
export function inPlace(pitch: Pitch, turns: readonly PitchTurn[], told: string | null = null): Pitch {
  const at = pitch.turns.findLastIndex(({ role }) => role === 'user')
  const system = [pitch.system, told].filter((one) => one !== null).join('\n\n')
  return {
    system: system === '' ? null : system,
    turns: [...pitch.turns.slice(0, Math.max(0, at)), ...turns, ...pitch.turns.slice(at + 1)],
  }
}

/** The same, with the user's last words said otherwise. */
export function reworded(pitch: Pitch, change: (text: string) => string): Pitch {
  return inPlace(pitch, [{ role: 'user', text: change(askedIn(pitch)) }])
}
