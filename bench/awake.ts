/** Until it is ended this process has always something to do: to wake one that sleeps would be charged to whoever answers it. */
export function stayAwake(): { end(): void } {
  let next = setImmediate(again);
  function again(): void {
    next = setImmediate(again);
  }
  return { end: () => clearImmediate(next) };
}
