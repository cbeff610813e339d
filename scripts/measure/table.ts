/** Prints rows under a head, the first column to the left and the others to the right. */
export function table(head: string[], rows: string[][]): void {
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((cells) => cells[at]?.length ?? 0)));
  const print = (cells: string[]): void =>
    console.log(cells.map((cell, at) => (at === 0 ? cell.padEnd(Math.max(widths[at] ?? 0, 34)) : cell.padStart((widths[at] ?? 0) + 3))).join(''));
  console.log('');
  print(head);
  for (const cells of rows) print(cells);
}
