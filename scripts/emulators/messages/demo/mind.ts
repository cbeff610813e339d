// The demo model: no model. It reads a wish by rules, fulfils it with the agent's own tools, keeps it as a commit, and
// says in plain words what it did. It says what it is, and it says so when it does not understand.

import type { Mind } from '../types.ts';
import { aside } from './asides.ts';
import { fulfil } from './changes/index.ts';
import { readConversation, type Conversation } from './conversation.ts';
import { advance, type Plan } from './hands.ts';
import * as say from './say.ts';
import { readWishes, type Wish } from './wishes.ts';
import { Workshop } from './workshop.ts';

const NEEDED = ['Grep', 'Read', 'Edit'];
const MOST_WISHES = 8;

/** What can be answered without touching anything; null when there is work to do. */
function inWords({ words, pins, answers }: Conversation): string | null {
  if (words === '' && pins.length === 0) return say.nothingSaid();
  if (/^\W*(?:hi|hello|hey|good (?:morning|evening|day|afternoon))(?: there| again)?\W*$/i.test(words)) return say.greeting();
  if (/^\W*(?:(?:ok(?:ay)?|great|nice|lovely|perfect|cool|wow|super)\W*)*(?:thanks?(?: you)?(?: (?:a lot|so much|very much))?)?(?: for (?:that|this))?\W*$/i.test(words)) return say.thanks();
  if (/^\W*(?:please\s+|can you\s+|could you\s+)?(?:undo|go back|revert|roll ?back|take (?:that|it) back|change (?:it|that) back|put (?:it|that) back|bring back|restore)\b/i.test(words)) return say.undo();
  if (/\bwhat (?:did|have|has) (?:you|we|i|been)\b.*\b(?:do|did|done|changed?|ask(?:ed)?)\b/i.test(words)) return say.remembered(answers);
  if (/^\W*(?:help|what can you do|what can i (?:do|ask|say)|how does (?:this|it) work|who are you|what are you)\b/i.test(words)) return say.help();
  return null;
}

const IT = /\b(?:it|that|this|them|these|those)\b/i;
const ABOUT_IT = new RegExp(`^\\W*(?:(?:now|ok(?:ay)?|please|and|but)\\W+)*(?:make|change|turn|set)?\\s*${IT.source}`, 'i');

/** "Make it shorter" after a headline, "and now make them blue" after buttons: what is meant was said before. */
function wishesIn({ words, pins, earlier }: Conversation): { wishes: Wish[]; unclear: string[] } {
  const wished = pins.filter(({ wish }) => wish !== '');
  if (wished.length > 0) {
    // What is wished at one of them is about that one; "it" in the message itself is rather one of the others.
    const own = words.split('\n').slice(0, -wished.length).join('\n');
    const parts = [readWishes(own, [...pins.filter(({ wish }) => wish === ''), ...wished]), ...wished.map((pin) => readWishes(pin.wish, [pin]))];
    return { wishes: parts.flatMap(({ wishes }) => wishes), unclear: parts.flatMap(({ unclear }) => unclear) };
  }
  const read = readWishes(words, pins);
  if (pins.length > 0 || !ABOUT_IT.test(words)) return read;
  const last = earlier.toReversed().flatMap((text) => readWishes(text, []).wishes.slice(-1))[0];
  const what = last?.want === 'headline' ? 'headline' : last?.want === 'colour' || last?.want === 'size' ? last.target : null;
  const again = what === null ? null : readWishes(words.replace(IT, `the ${what}`), []);
  return again && again.wishes.length > 0 ? again : read;
}

/** One commit for all of it: a short first line, and what each wish came to. */
function commitMessage(commits: readonly string[]): string {
  const [first = 'Change the site'] = commits;
  const title = commits.length === 1 ? first : `${first}, and ${commits.length - 1} more`;
  const head = title.length > 72 ? `${title.slice(0, 71)}…` : title;
  return commits.length === 1 ? head : `${head}\n\n${commits.map((line) => `- ${line}`).join('\n')}`;
}

function* work(talk: Conversation): Plan<string> {
  const { wishes, unclear } = wishesIn(talk);
  if (wishes.length === 0) return say.notUnderstood();
  const workshop = new Workshop(talk.folder, talk.allowed, talk.introduced ? say.looking() : `${say.introduction()}\n\n${say.looking()}`);
  const done: string[] = [];
  const commits: string[] = [];
  const problems: string[] = [];
  for (const wish of wishes.slice(0, MOST_WISHES)) {
    workshop.outOfBounds = false;
    const outcome = yield* fulfil(workshop, wish);
    if ('problem' in outcome) problems.push(outcome.problem);
    else {
      done.push(outcome.done);
      commits.push(outcome.commit);
    }
  }
  if (wishes.length > MOST_WISHES) problems.push(`I do at most ${MOST_WISHES} things at once; please send me the rest again.`);
  const kept = !workshop.hasChanged || !talk.tools.has('Bash') || (yield* workshop.commit(commitMessage(commits)));
  return say.outcome(done, problems, unclear, kept);
}

/** What the demo model answers to a request. */
export const demoModel: Mind = (request) => {
  const talk = readConversation(request);
  const other = aside(request, talk);
  if (other !== null) return [{ type: 'text', text: other }];
  if (NEEDED.some((tool) => !talk.tools.has(tool))) return [{ type: 'text', text: say.withoutTools() }];
  const words = inWords(talk);
  const reply = words === null ? advance(work(talk), talk.steps) : [{ type: 'text' as const, text: words }];
  // Who says nothing before the work says at its end who is speaking; the first words of a conversation always do.
  const [first] = reply;
  if (talk.introduced || talk.steps.length > 0 || first?.type !== 'text' || first.text.includes('demo model')) return reply;
  return [{ type: 'text', text: `${say.introduction()}\n\n${first.text}` }, ...reply.slice(1)];
};
