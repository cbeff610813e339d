/** What a licence's expression allows: `MIT OR (Apache-2.0 AND Unicode-3.0)`, in SPDX's words and in the older `MIT/Apache-2.0`. */

/** Whether one of the ways that an expression offers consists of licences that are allowed. */
export function allows(expression: string, allowed: ReadonlySet<string>): boolean {
  const words = expression.replaceAll('/', ' OR ').match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const one = (): boolean => {
    const word = words[at++];
    if (word === '(') {
      const inner = any();
      if (words[at++] !== ')') throw new Error(`${expression} is no licence`);
      return inner;
    }
    if (word === undefined || word === ')') throw new Error(`${expression} is no licence`);
    if (words[at] !== 'WITH') return allowed.has(word);
    at += 2;
    return allowed.has(`${word} WITH ${words[at - 1]}`);
  };
  const all = (): boolean => {
    let good = one();
    while (words[at] === 'AND') good = (at++, one()) && good;
    return good;
  };
  const any = (): boolean => {
    let good = all();
    while (words[at] === 'OR') good = (at++, all()) || good;
    return good;
  };
  const good = any();
  if (at !== words.length) throw new Error(`${expression} is no licence`);
  return good;
}
