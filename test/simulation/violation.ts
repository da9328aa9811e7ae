// A rule that was broken: it ends the simulation.

export class Violation extends Error {
  override readonly name = 'Violation';
  /** Short and stable: the same defect has the same rule, so that shrinking does not wander to another one. */
  readonly rule: string;

  constructor(rule: string, message: string) {
    super(`${rule}: ${message}`);
    this.rule = rule;
  }
}
