import type { Role } from '../../staff/index.ts'
import type { PeopleOf } from './activity/index.ts'

/** People, as far as the room needs them. */
export interface StaffPort {
  /** Whether somebody of this id is on the staff: others, whom outside sources name, can't be contained here. */
  knows(person: string): Promise<boolean>
  /** In whose stead somebody holds roles now. */
  principalsOf(person: string): Promise<readonly string[]>
  /** Whom outside sources mean, as things stand: by e-mail address, by id, and by the names that the configuration gives. */
  peopleOf(): Promise<PeopleOf>
  /** How many people work cases. */
  analysts(): Promise<number>
}

/** What can be done about a person: each at once, and doing it twice is the same as once. */
export interface ContainmentPort {
  /** Their sessions end: they sign in anew, with their key. */
  stepUp(person: string): Promise<void>
  /** Their grants of weights end; those of environments, which serve others, stay. @returns how many did */
  revokeGrants(person: string): Promise<number>
  /**
   * They open no weights until two people lift it.
   *
   * @param shown by what they go where the lock is seen
   * @returns the lock's id
   */
  lock(person: string, shown: string): Promise<string>
}

/** Who looks at a case. */
export interface Viewer {
  readonly personId: string
  readonly roles: ReadonlySet<Role>
  /** In whose stead they hold roles. */
  readonly principals: readonly string[]
}
