// What loading and rehearsing took is given back to the system. V8 keeps the room for new objects that a rehearsal made it
// grow, and a stand-in, which does nothing afterwards, would keep it for minutes: half of its memory.

/**
 * Some tens of milliseconds in which nothing else is done: for before a process has begun its work. Some optimized code goes with
 * it. Does nothing where this Node.js was built without its inspector.
 */
export async function giveBackSpareMemory(): Promise<void> {
  const inspector = await import('node:inspector').catch(() => null);
  if (inspector === null) return;
  const session = new inspector.Session();
  try {
    session.connect();
    // The only collection that gives back the room as well, and that is there without a flag.
    await new Promise<void>((resolve) => {
      session.post('HeapProfiler.collectGarbage', () => {
        resolve();
      });
    });
  } finally {
    session.disconnect();
  }
}
