// What the demo agent knows about each kind of site: the words that ask for it, how it looks unless asked
// otherwise, and the example texts it starts from. `{name}` is the site's name, `{in}` is " in Lisbon" or
// nothing.

import type { Layout, Mood } from './model.ts';
import type { Motif } from './motifs.ts';
import type { PaletteName } from './palette.ts';

export interface Kind {
  /** Told in a sentence: "a site for a bakery". */
  label: string;
  words: RegExp;
  /** The line above the headline. */
  kicker: string;
  /** The name when none was given. */
  name: string;
  palette: PaletteName;
  mood: Mood;
  layout: Layout;
  motifs: readonly [Motif, ...Motif[]];
  headline: string;
  lead: string;
  about: { heading: string; text: string };
  list: { heading: string; items: readonly (readonly [name: string, detail: string])[] };
  cards: { heading: string; items: readonly (readonly [title: string, text: string])[] };
  captions: readonly string[];
  /** Sections of a site for which nothing else was asked. */
  sections: readonly ('about' | 'list' | 'cards' | 'gallery' | 'hours' | 'quote' | 'posts')[];
}

export const KINDS = {
  bakery: {
    label: 'a bakery', words: /\b(baker(y|s|ies)?|bake|bakes|patisserie|pastry shop|sourdough)\b/i, kicker: 'Bakery{in}', name: 'The Little Bakery',
    palette: 'honey', mood: 'warm', layout: 'split', motifs: ['bread', 'croissant', 'cake', 'cup'],
    headline: 'Bread worth getting up for', lead: 'Baked by hand{in}, out of the oven in the morning and gone by the afternoon.',
    about: { heading: 'About us', text: 'Flour, water, salt and time. We shape every loaf by hand and let it rise for as long as it needs.' },
    list: { heading: 'From the oven', items: [['Country loaf', 'Long rise, dark crust'], ['Rye bread', 'Dense, keeps for days'], ['Butter croissant', 'Folded the day before'], ['Cinnamon bun', 'Sticky in the right places']] },
    cards: { heading: 'Good to know', items: [['Order ahead', 'Tell us by the evening and your loaf waits in the morning.'], ['Simple things', 'A short list, done with care.'], ['Come early', 'The best pieces leave first.']] },
    captions: ['The first loaves', 'Still warm', 'Something sweet', 'Coffee beside it'], sections: ['about', 'list', 'gallery', 'hours'],
  },
  cafe: {
    label: 'a café', words: /\b(caf[eé]s?|coffee ?(shop|house|bar)?|tea ?(room|house))\b/i, kicker: 'Café{in}', name: 'Corner Café',
    palette: 'cocoa', mood: 'warm', layout: 'poster', motifs: ['cup', 'croissant', 'cake', 'plant'],
    headline: 'A good cup and a quiet table', lead: 'Coffee made slowly{in}, with something sweet beside it and no hurry at all.',
    about: { heading: 'The place', text: 'A handful of tables, a window to the street, and people who remember how you take your coffee.' },
    list: { heading: 'The menu', items: [['Espresso', 'Short and round'], ['Flat white', 'Two shots, silky milk'], ['Filter coffee', 'A new bean every week'], ['Cake of the day', 'Ask what came out of the oven']] },
    cards: { heading: 'Come in', items: [['Stay a while', 'Bring a book, we bring the cup.'], ['Take it with you', 'Your own cup is welcome.'], ['Small things to eat', 'Made here, every day.']] },
    captions: ['The first cup', 'From the counter', 'Something sweet', 'By the window'], sections: ['about', 'list', 'gallery', 'hours'],
  },
  restaurant: {
    label: 'a restaurant', words: /\b(restaurants?|bistro|trattoria|pizz(a|eria)|diner|tavern|food truck|catering|cook(ing)?|kitchen)\b/i, kicker: 'Restaurant{in}', name: 'The Long Table',
    palette: 'wine', mood: 'elegant', layout: 'stack', motifs: ['plate', 'plant', 'cake', 'cup'],
    headline: 'Dinner, the way it should be', lead: 'A short menu that follows the market{in}, cooked with patience and served with care.',
    about: { heading: 'The kitchen', text: 'We cook what is good this week and leave the rest for its own season.' },
    list: { heading: 'The menu', items: [['Soup of the season', 'With bread from the oven'], ['Hand-made pasta', 'The sauce changes with the market'], ['Catch of the day', 'Ask what came in'], ['Chocolate tart', 'Dark, with sea salt']] },
    cards: { heading: 'Good to know', items: [['Book a table', 'Small room, so a word before helps.'], ['For every table', 'Tell us what you do not eat.'], ['Celebrations', 'We are glad to host yours.']] },
    captions: ['From the kitchen', 'Greens of the day', 'To finish', 'After dinner'], sections: ['about', 'list', 'quote', 'hours'],
  },
  photographer: {
    label: 'a photographer', words: /\b(photo(s|graphs?|graph(er|y|ers|ic))?|portraits?)\b/i, kicker: 'Photography{in}', name: 'Light Studio',
    palette: 'graphite', mood: 'clean', layout: 'poster', motifs: ['camera', 'mountain', 'wave', 'flower', 'house', 'heart'],
    headline: 'Quiet pictures of real moments', lead: 'Portraits, places and the minutes in between, photographed{in} with natural light.',
    about: { heading: 'Behind the camera', text: 'I look for the moment after the pose, when people forget that I am there.' },
    list: { heading: 'What I do', items: [['Portraits', 'One person, one hour, no studio face'], ['Families', 'At home or outdoors'], ['Weddings', 'From the morning to the last dance'], ['Places', 'Rooms, houses, landscapes']] },
    cards: { heading: 'How it works', items: [['We talk', 'About what the pictures are for.'], ['We meet', 'Where you feel at ease.'], ['You choose', 'From a gallery made for you.']] },
    captions: ['On the road', 'High above', 'By the water', 'In the garden', 'A place to stay', 'Close to home'], sections: ['gallery', 'about', 'list'],
  },
  music: {
    label: 'a band', words: /\b(bands?|music(al|ian|ians)?|songs?|singers?|sing|dj|choir|orchestra|jazz|punk|rock|album|gigs?|concerts?)\b/i, kicker: 'Music{in}', name: 'The Evening Trains',
    palette: 'purple', mood: 'bold', layout: 'split', motifs: ['guitar', 'vinyl', 'note', 'star'],
    headline: 'Loud songs for late hours', lead: 'Guitars, voices and a drum that will not sit still. Live{in} and wherever there is a stage.',
    about: { heading: 'The band', text: 'We started in a basement and never quite left it. The songs are short, the nights are long.' },
    list: { heading: 'Songs to start with', items: [['Last Train Home', 'The one that everybody sings'], ['Paper Moon', 'Slow, then not'], ['Kitchen Radio', 'Written in ten minutes'], ['No Hurry', 'The last one of the night']] },
    cards: { heading: 'Hear us', items: [['On stage', 'Small rooms, big sound.'], ['At your place', 'We play parties too.'], ['On record', 'Best on vinyl, fine on anything.']] },
    captions: ['On stage', 'The first record', 'In rehearsal', 'Encore'], sections: ['about', 'list', 'gallery', 'quote'],
  },
  developer: {
    label: 'a developer', words: /\b(developer|programmer|software|engineer|coder|cod(e|ing)|hacker|open source|startup|saas|app)\b/i, kicker: 'Software{in}', name: 'Plain Code',
    palette: 'blue', mood: 'clean', layout: 'split', motifs: ['laptop', 'book', 'cup', 'branch'],
    headline: 'Software that stays out of the way', lead: 'I build small, fast things that do one job well, and I write down how they work.',
    about: { heading: 'About me', text: 'I like clear problems, short programs and the moment when something complicated turns simple.' },
    list: { heading: 'Projects', items: [['Notebook', 'Notes that open at once'], ['Lantern', 'A small tool to see what is slow'], ['Postcard', 'Pictures, sent simply']] },
    cards: { heading: 'How I work', items: [['Small steps', 'Something to look at every week.'], ['Plain words', 'No jargon where a sentence will do.'], ['Made to last', 'Few parts, each easy to replace.']] },
    captions: ['At the desk', 'Reading', 'Thinking', 'Growing'], sections: ['about', 'list', 'cards', 'posts'],
  },
  wedding: {
    label: 'a wedding', words: /\b(weddings?|marr(y|ied|iage|ying)|getting married|save the date|bride|groom)\b/i, kicker: 'We are getting married{in}', name: 'Our Wedding',
    palette: 'sage', mood: 'elegant', layout: 'stack', motifs: ['rings', 'flower', 'heart', 'cake'],
    headline: 'Come and celebrate with us', lead: 'One day, all the people we love, and a very long table. We would be so glad to have you there.',
    about: { heading: 'Our story', text: 'It began with a borrowed umbrella and a walk that took much longer than it had to.' },
    list: { heading: 'The day', items: [['The ceremony', 'In the afternoon'], ['A glass together', 'Right after, outdoors if the sky is kind'], ['Dinner', 'One long table'], ['Dancing', 'Until nobody can stand']] },
    cards: { heading: 'Good to know', items: [['What to wear', 'Something that you can dance in.'], ['Getting there', 'We will help with the way and a bed.'], ['Presents', 'Your being there is one.']] },
    captions: ['The rings', 'The flowers', 'The two of us', 'The cake'], sections: ['about', 'list', 'cards', 'gallery'],
  },
  pet: {
    label: 'a much-loved animal', words: /\b(dogs?|pupp(y|ies)|cats?|kittens?|pets?|hamster|rabbit|parrot|horse)\b/i, kicker: 'A very good animal{in}', name: 'Good Friend',
    palette: 'honey', mood: 'playful', layout: 'split', motifs: ['paw', 'heart', 'tree', 'star'],
    headline: 'Small paws, big opinions', lead: 'Walks, naps and everything in between: the life of somebody who is always glad to see you.',
    about: { heading: 'About me', text: 'I sleep a lot, eat quickly and listen when I feel like it. Everybody loves me and I see their point.' },
    list: { heading: 'Favourite things', items: [['Long walks', 'The muddier the better'], ['The good blanket', 'The one that is not allowed'], ['Anything in the kitchen', 'Just in case'], ['You', 'Most of all']] },
    cards: { heading: 'A day in my life', items: [['Morning', 'Wake everybody. It is important.'], ['Noon', 'Nap in the sun, move with it.'], ['Evening', 'Dinner, then dinner again if possible.']] },
    captions: ['Here I was', 'My person', 'The park', 'Being good'], sections: ['about', 'cards', 'gallery', 'list'],
  },
  florist: {
    label: 'flowers and gardens', words: /\b(flor(ist|al)|flowers?|bouquets?|garden(er|ing|s)?|plants?|nursery|botanical)\b/i, kicker: 'Flowers{in}', name: 'Wild Bloom',
    palette: 'pink', mood: 'elegant', layout: 'split', motifs: ['flower', 'plant', 'tree', 'vase'],
    headline: 'Flowers that look like they grew that way', lead: 'Loose, seasonal bunches{in}, cut in the morning and tied by hand.',
    about: { heading: 'The workshop', text: 'We work with what is in bloom and leave the stems a little longer than we should.' },
    list: { heading: 'What we make', items: [['A bunch for today', 'What is loveliest this morning'], ['For a table', 'Low, so that people see each other'], ['For a wedding', 'From one flower to a whole arch'], ['Plants to keep', 'With honest advice']] },
    cards: { heading: 'How to order', items: [['Say the occasion', 'And a colour, if you have one.'], ['Leave the rest', 'We choose what is at its best.'], ['Pick it up', 'Wrapped in paper, ready to give.']] },
    captions: ['This week', 'Green company', 'From the garden', 'In a vase'], sections: ['about', 'list', 'gallery', 'hours'],
  },
  wellness: {
    label: 'a yoga studio', words: /\b(yoga|pilates|meditat\w*|massage|wellness|spa|therap(y|ist))\b/i, kicker: 'Yoga and rest{in}', name: 'Soft Ground',
    palette: 'teal', mood: 'clean', layout: 'stack', motifs: ['lotus', 'plant', 'wave', 'cup'],
    headline: 'An hour that belongs to you', lead: 'Small classes{in} for stiff backs, busy heads and complete beginners.',
    about: { heading: 'About the studio', text: 'Eight mats, wooden floor, and nobody who looks at how far you reach.' },
    list: { heading: 'Classes', items: [['Slow morning', 'Wake up gently'], ['First steps', 'For those who never did it'], ['Strong and calm', 'A little sweat, a long rest'], ['Evening quiet', 'Down to the ground']] },
    cards: { heading: 'Before you come', items: [['Wear anything soft', 'Mats are here.'], ['Come ten minutes early', 'To arrive properly.'], ['Tell us what hurts', 'We will find another way.']] },
    captions: ['Breathe', 'Grow slowly', 'Let go', 'Tea after class'], sections: ['about', 'list', 'cards', 'hours'],
  },
  sport: {
    label: 'a sports club', words: /\b(gym|fitness|coach|trainer|sports?|football|running|climb(ing)?|boxing|crossfit)\b/i, kicker: 'Training{in}', name: 'Strong Club',
    palette: 'red', mood: 'bold', layout: 'poster', motifs: ['dumbbell', 'mountain', 'star', 'bicycle'],
    headline: 'Come as you are. Leave stronger.', lead: 'Training in small groups{in}, for people who have never liked a gym.',
    about: { heading: 'About us', text: 'No mirrors, no shouting. Good form, steady progress and somebody who counts with you.' },
    list: { heading: 'Sessions', items: [['Basics', 'Learn every move slowly'], ['Strength', 'Heavy things, with care'], ['Endurance', 'Outdoors when it is dry'], ['One to one', 'A plan for you alone']] },
    cards: { heading: 'How it works', items: [['Try it', 'Come once and see.'], ['Stay small', 'Never more than eight.'], ['Keep going', 'Twice a week is plenty.']] },
    captions: ['The first set', 'Outdoors', 'Proud', 'On wheels'], sections: ['about', 'list', 'cards', 'hours'],
  },
  maker: {
    label: 'handmade things', words: /\b(potter(y|s)?|ceramics?|candles?|jewel(le)?ry|craft(s|ed)?|handmade|knit\w*|wood(work|turner|en)?|furniture|soap|leather|shop|store|boutique)\b/i, kicker: 'Made by hand{in}', name: 'Hand and Kiln',
    palette: 'cream', mood: 'warm', layout: 'split', motifs: ['vase', 'branch', 'house', 'flower'],
    headline: 'Things made slowly, to be used daily', lead: 'Every piece is made by hand{in}, one at a time, and no two are quite alike.',
    about: { heading: 'The workshop', text: 'A wheel, a window and a shelf that is never empty for long.' },
    list: { heading: 'What I make', items: [['For the table', 'Bowls, plates and cups'], ['For flowers', 'Tall and small'], ['For the wall', 'Quiet pieces'], ['For you', 'Ask for something of your own']] },
    cards: { heading: 'Good to know', items: [['Made to order', 'It takes a few weeks, and is worth it.'], ['Made to be used', 'Every day, not on Sundays only.'], ['Made to be mended', 'Bring it back, we will see.']] },
    captions: ['Fresh from the wheel', 'Before the fire', 'At home', 'With flowers'], sections: ['about', 'gallery', 'list', 'cards'],
  },
  artist: {
    label: 'an artist', words: /\b(art(s|ist|ists|work)?|paint(er|ers|ings?)|illustrat(or|ion|ions)|sculpt\w*|designers?|graphic design|drawings?|tattoo\w*)\b/i, kicker: 'Art and design{in}', name: 'Studio Blue Door',
    palette: 'orange', mood: 'bold', layout: 'poster', motifs: ['brush', 'flower', 'house', 'wave', 'star', 'tree'],
    headline: 'Colour first, questions later', lead: 'Pictures, prints and commissions from a small studio{in} with very good light.',
    about: { heading: 'About me', text: 'I paint what I walk past every day until it looks strange again.' },
    list: { heading: 'Works', items: [['Morning, kitchen', 'Oil on wood'], ['Three boats', 'Gouache on paper'], ['The neighbour’s tree', 'Print, edition of twenty'], ['Blue door', 'Oil on canvas']] },
    cards: { heading: 'Working together', items: [['Commissions', 'Tell me about the wall.'], ['Prints', 'Numbered and signed.'], ['Visits', 'The studio is open by arrangement.']] },
    captions: ['Study in colour', 'Garden', 'The street', 'By the sea', 'Night', 'The old tree'], sections: ['gallery', 'about', 'list'],
  },
  writer: {
    label: 'somebody who writes', words: /\b(blog|writ(er|ers|ing)|author|novels?|poe(t|ts|try|ms?)|journal|newsletter|essays?|stories)\b/i, kicker: 'Notes and stories{in}', name: 'Marginal Notes',
    palette: 'cream', mood: 'elegant', layout: 'stack', motifs: ['book', 'letter', 'cup', 'branch'],
    headline: 'Notes on small things', lead: 'Short pieces about what is easy to miss. New ones when they are ready.',
    about: { heading: 'About me', text: 'I write in the mornings and cross out in the afternoons. What is left lands here.' },
    list: { heading: 'Books', items: [['The Long Way Round', 'Stories'], ['Salt', 'Poems'], ['Letters Not Sent', 'A novel']] },
    cards: { heading: 'Where to begin', items: [['If you have a minute', 'Read the newest piece.'], ['If you have an evening', 'Start at the beginning.'], ['If you want to write back', 'Please do.']] },
    captions: ['On the desk', 'Post', 'A break', 'Out for a walk'], sections: ['posts', 'about', 'quote'],
  },
  teacher: {
    label: 'lessons', words: /\b(teach(er|ers|ing)?|tutor(s|ing)?|lessons?|course|school|class(es)?|language|kindergarten|workshop)\b/i, kicker: 'Lessons{in}', name: 'One Step On',
    palette: 'green', mood: 'playful', layout: 'split', motifs: ['book', 'star', 'brush', 'laptop'],
    headline: 'Learning that feels like talking', lead: 'Patient lessons{in} for children and grown-ups, at your pace and about your questions.',
    about: { heading: 'About me', text: 'I believe that nobody is bad at it. Somebody was only in a hurry when they explained it.' },
    list: { heading: 'What we can do', items: [['First steps', 'From the very beginning'], ['Keeping up', 'When school goes too fast'], ['Before the exam', 'Calm and prepared'], ['Just for joy', 'Because you always wanted to']] },
    cards: { heading: 'How it works', items: [['Meet', 'A first lesson to get to know each other.'], ['Plan', 'Small goals, one after the other.'], ['Go on', 'You will be surprised how far.']] },
    captions: ['Reading', 'Getting it', 'Making', 'Trying things'], sections: ['about', 'list', 'cards', 'quote'],
  },
  salon: {
    label: 'a salon', words: /\b(hair(dresser|s|stylist)?|barber(shop)?|salon|beauty|nails?|make-?up|tailor)\b/i, kicker: 'Salon{in}', name: 'Good Hair Day',
    palette: 'lavender', mood: 'clean', layout: 'poster', motifs: ['scissors', 'flower', 'star', 'cup'],
    headline: 'You, on a very good day', lead: 'Cuts, colour and an honest opinion{in}. No rush, and the coffee is fine too.',
    about: { heading: 'About us', text: 'We ask first, cut second, and never talk you into a fringe.' },
    list: { heading: 'What we do', items: [['Cut', 'Wash, cut and finish'], ['Colour', 'Soft or brave'], ['Care', 'For hair that has seen things'], ['For the big day', 'With a rehearsal']] },
    cards: { heading: 'Before you come', items: [['Bring a picture', 'It says more than a word.'], ['Tell us your mornings', 'Five minutes or fifty?'], ['Relax', 'It grows back.']] },
    captions: ['Sharp', 'Fresh', 'Shine', 'While you wait'], sections: ['about', 'list', 'gallery', 'hours'],
  },
  event: {
    label: 'an event', words: /\b(part(y|ies)|events?|birthday|festival|reunion|conference|meet-?up|celebration|fair)\b/i, kicker: 'You are invited{in}', name: 'The Big Day',
    palette: 'teal', mood: 'playful', layout: 'stack', motifs: ['balloons', 'cake', 'star', 'note'],
    headline: 'Come, it will be lovely', lead: 'Good people, good food and music{in}. All that is missing is you.',
    about: { heading: 'What it is', text: 'An easy day together: nothing to prepare, nothing to bring but yourself.' },
    list: { heading: 'The plan', items: [['Doors open', 'Find a chair, find a friend'], ['Something to eat', 'For every taste'], ['Music', 'Dancing is allowed'], ['A quiet end', 'For those who like to talk']] },
    cards: { heading: 'Good to know', items: [['Bring somebody', 'The more, the better.'], ['Children', 'Very welcome.'], ['Rain', 'We have a plan for that.']] },
    captions: ['Ready', 'Sweet things', 'Bright', 'Loud'], sections: ['about', 'list', 'cards', 'gallery'],
  },
  travel: {
    label: 'travels', words: /\b(travel\w*|trips?|hik(e|es|ing)|backpack\w*|adventures?|road ?trip|guest ?house|hostel|hotel|b&b|holiday (home|house)|cabin)\b/i, kicker: 'Out and about{in}', name: 'Slow Roads',
    palette: 'blue', mood: 'warm', layout: 'poster', motifs: ['mountain', 'plane', 'wave', 'house', 'tree', 'bicycle'],
    headline: 'The long way is the nicer one', lead: 'Paths, places and small detours worth taking.',
    about: { heading: 'About', text: 'We travel light, stop often and ask the way even when we know it.' },
    list: { heading: 'Places', items: [['The ridge', 'A long day, a longer view'], ['The lake', 'Cold, and worth it'], ['The old town', 'Best before breakfast'], ['The night train', 'Sleep here, wake there']] },
    cards: { heading: 'Good to know', items: [['Take water', 'And one more layer than you think.'], ['Start early', 'The light is better and the path is yours.'], ['Turn back', 'There is always another day.']] },
    captions: ['High up', 'Far away', 'By the sea', 'A place to sleep', 'In the woods', 'On two wheels'], sections: ['about', 'gallery', 'list', 'posts'],
  },
  club: {
    label: 'a group of people', words: /\b(club|community|association|charity|church|neighbou?r(s|hood)?|team|volunteers?|union|non-?profit|foundation)\b/i, kicker: 'Together{in}', name: 'Good Neighbours',
    palette: 'green', mood: 'warm', layout: 'split', motifs: ['heart', 'tree', 'house', 'balloons'],
    headline: 'Better together', lead: 'We meet{in}, we help, and there is always a chair free.',
    about: { heading: 'Who we are', text: 'People of every age who like to do something useful and then sit together for a while.' },
    list: { heading: 'What we do', items: [['Every week', 'An open evening'], ['Every month', 'Something bigger, outdoors'], ['When needed', 'A hand, a ladder, a cake']] },
    cards: { heading: 'Join us', items: [['Come by', 'No form, no fee.'], ['Bring an idea', 'Most of ours began that way.'], ['Stay', 'As often as you like.']] },
    captions: ['Together', 'Outdoors', 'Our place', 'Celebrating'], sections: ['about', 'list', 'cards', 'gallery'],
  },
  business: {
    label: 'a business', words: /\b(business|company|firm|plumb(er|ing)|electric(al|ian)|repairs?|mechanic|cleaning|lawyers?|law firm|dent(al|ist)|doctor|clinic|agency|consult(ing|ant)|accountant|carpenter|builder|roof(er|ing)|taxi|podcast)\b/i, kicker: 'At your service{in}', name: 'Good Work',
    palette: 'teal', mood: 'clean', layout: 'split', motifs: ['star', 'house', 'letter', 'cup'],
    headline: 'Good work, properly done', lead: 'Straight answers, fair dealing and a job that stays done{in}.',
    about: { heading: 'About us', text: 'We listen first, say plainly what it takes, and then do what we said.' },
    list: { heading: 'What we do', items: [['A first look', 'We come, we see, we tell you'], ['The job itself', 'On the day that we agreed'], ['Afterwards', 'We are still there when you call']] },
    cards: { heading: 'How it works', items: [['Ask', 'Tell us what it is about.'], ['Agree', 'You know what happens, and when.'], ['Done', 'And you can get on with your day.']] },
    captions: ['With care', 'At your place', 'A word from you', 'And a short break'], sections: ['about', 'list', 'cards'],
  },
  topic: {
    // Chosen when a site is "about" something that no other kind knows.
    label: 'something you like', words: /(?!)/, kicker: 'Worth a closer look', name: 'A Closer Look',
    palette: 'blue', mood: 'warm', layout: 'split', motifs: ['star', 'book', 'tree', 'cup'],
    headline: 'All about {subject}', lead: 'What it is, why it is lovely, and where to begin.',
    about: { heading: 'Why this', text: 'Some things get better the longer you look at them. This is one.' },
    list: { heading: 'Where to begin', items: [['The basics', 'Enough to enjoy it'], ['A little deeper', 'For a rainy afternoon'], ['All the way', 'There is always more']] },
    cards: { heading: 'Three good reasons', items: [['It is easy to start', 'No preparation needed.'], ['It is better together', 'Show it to somebody.'], ['It never ends', 'In the best sense.']] },
    captions: ['A first look', 'Reading about it', 'Out and about', 'Taking time'], sections: ['about', 'cards', 'gallery'],
  },
  personal: {
    label: 'you', words: /\b(personal|about me|myself|portfolio|cv|resum[eé]|homepage|my (own )?(web ?)?(site|page))\b/i, kicker: 'Hello{in}', name: 'Hello There',
    palette: 'coral', mood: 'warm', layout: 'split', motifs: ['branch', 'book', 'cup', 'tree', 'star', 'letter'],
    headline: 'Hello, it is nice to meet you', lead: 'A small place on the web for what I make, what I like and what I am thinking about.',
    about: { heading: 'About me', text: 'Curious, a little impatient, fond of long walks and short emails.' },
    list: { heading: 'What I do', items: [['Making things', 'With my hands, mostly'], ['Reading', 'Several books at once'], ['Walking', 'Without a plan']] },
    cards: { heading: 'Three things about me', items: [['I like mornings', 'Before anybody asks for anything.'], ['I collect words', 'In a notebook that nobody sees.'], ['I say yes', 'More often than I should.']] },
    captions: ['Growing', 'Reading', 'A break', 'Outside'], sections: ['about', 'cards', 'gallery'],
  },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;

/** The kind whose word comes first in a text; null when none does. */
export function kindIn(text: string): KindName | null {
  let best: { at: number; name: KindName } | null = null;
  for (const [name, kind] of Object.entries(KINDS) as [KindName, Kind][]) {
    const at = kind.words.exec(text)?.index;
    if (name !== 'personal' && at !== undefined && (best === null || at < best.at)) best = { at, name };
  }
  // "My portfolio" says little; any other word says more.
  return best?.name ?? (KINDS.personal.words.test(text) ? 'personal' : null);
}

export function kindOf(name: string): Kind {
  return (KINDS as Record<string, Kind>)[name] ?? KINDS.personal;
}

/** Fills in a name and a place. */
export function fill(template: string, name: string, place: string | null): string {
  return template.replaceAll('{name}', name).replaceAll('{in}', place === null ? '' : ` in ${place}`);
}
