/** Lets timers, input and abort signals run; resolves in the next turn of the event loop. */
export function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

/** A pause that costs nothing until `everyMs` have passed since the last one. */
export function createPacer(everyMs = 40): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < everyMs) return;
    await pause();
    last = performance.now();
  };
}
