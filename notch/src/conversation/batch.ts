/** One run for many calls in a short while. A timer, because animation frames stop in a tab that nobody sees. */
export function batched(run: () => void): () => void {
  let timer = 0;
  return () => {
    if (timer !== 0) return;
    timer = window.setTimeout(() => {
      timer = 0;
      run();
    }, 16);
  };
}
