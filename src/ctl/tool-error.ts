// What ends raisctl otherwise than well, as one line for the person at the terminal and one exit code for their script.

/** `refused` covers what the daemon refused and what went wrong; `no-daemon`: nobody answered at the socket. */
export const EXIT_CODES = { done: 0, refused: 1, usage: 2, 'no-daemon': 3 } as const;

export type FailureKind = Exclude<keyof typeof EXIT_CODES, 'done'>;

/** A failure that names the object and the cause, and where there is one the next thing to do. */
export class ToolError extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string) {
    super(message);
    this.name = 'ToolError';
    this.kind = kind;
  }
}
