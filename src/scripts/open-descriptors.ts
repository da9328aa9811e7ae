// What a program must not inherit. Node marks the descriptors that it opens as close-on-exec, and so do our addons,
// but not every library does (raw-socket does not). Node cannot close the others in the child; it can put
// /dev/null over them.

import { readdirSync, readFileSync } from 'node:fs';

export const FIRST_AFTER_STDERR = 3;
/** O_CLOEXEC, in the octal `flags:` of /proc/self/fdinfo. */
const CLOSE_ON_EXEC = 0o2000000;

/** The descriptors beyond stderr that a child would inherit, ascending. */
export function inheritedDescriptors(): number[] {
  return readdirSync('/proc/self/fdinfo')
    .map(Number)
    .filter((descriptor) => descriptor >= FIRST_AFTER_STDERR && isInherited(descriptor))
    .sort((a, b) => a - b);
}

function isInherited(descriptor: number): boolean {
  let text: string;
  try {
    text = readFileSync(`/proc/self/fdinfo/${String(descriptor)}`, 'utf8');
  } catch {
    // The one by which the directory was read is gone again.
    return false;
  }
  const flags = /^flags:\s+([0-7]+)$/m.exec(text)?.[1] ?? '0';
  return (parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
}
