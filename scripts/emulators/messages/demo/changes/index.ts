// Who fulfils which wish.

import type { Plan } from '../hands.ts';
import type { Wish } from '../wishes.ts';
import type { Workshop } from '../workshop.ts';
import { changeHeadline } from './headline.ts';
import { changeLink } from './links.ts';
import { addItem, removeItem } from './lists.ts';
import { changeColour, changeSize } from './looks.ts';
import type { Outcome } from './outcome.ts';
import { removeText, replaceText } from './texts.ts';

function* removePinned(workshop: Workshop, wish: Extract<Wish, { want: 'remove' }>): Plan<Outcome> {
  const removed = wish.pin ? yield* removeText(workshop, wish.item, wish.pin) : null;
  return removed ?? (yield* removeItem(workshop, wish.item, wish.list));
}

export function fulfil(workshop: Workshop, wish: Wish): Plan<Outcome> {
  switch (wish.want) {
    case 'headline':
      return changeHeadline(workshop, wish);
    case 'replace':
      return replaceText(workshop, wish);
    case 'colour':
      return changeColour(workshop, wish);
    case 'size':
      return changeSize(workshop, wish);
    case 'add':
      return addItem(workshop, wish);
    case 'remove':
      return removePinned(workshop, wish);
    case 'link':
      return changeLink(workshop, wish);
  }
}
