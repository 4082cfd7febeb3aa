/** Why something that a source sent is no activity. Says what is wrong and where, and quotes none of it: it's hostile until shown otherwise. */
export class Fault {
  readonly says: string
  constructor(says: string) {
    this.says = says
  }
}
