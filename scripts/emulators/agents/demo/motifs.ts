// Small drawings on a 200 x 200 grid. Fills are classes (a, b, c, ink, paper) and strokes are `line` and
// `light`; their colours are in the stylesheet, so that a change of palette touches no drawing.

/** What can be drawn, and how it is called for somebody who cannot see it. */
export const MOTIFS = {
  bread: {
    label: 'a loaf of bread',
    art: '<path class="a" d="M28 128C20 80 60 56 100 56s80 24 72 72c-3 20-22 24-72 24s-69-4-72-24z"/><path class="b" d="M30 136c4 14 24 16 70 16s66-2 70-16c-14 8-40 8-70 8s-56 0-70-8z"/><path class="light" d="M64 78l16 30M92 70l16 34M122 72l14 30"/>',
  },
  croissant: {
    label: 'a croissant',
    art: '<path class="a" d="M22 128C24 74 62 46 100 46s76 28 78 82c0 16-18 18-26 4-11-20-29-30-52-30s-41 10-52 30c-8 14-26 12-26-4z"/><path class="line" d="M66 58l-14 50M100 46v54M134 58l14 50M40 84l-6 44M160 84l6 44"/>',
  },
  cake: {
    label: 'a cake with a candle',
    art: '<path class="ink" d="M34 156h132v10H34z"/><path class="a" d="M44 104h112v52H44z"/><path class="c" d="M44 104c0-14 12-22 56-22s56 8 56 22c0 18-16 18-18 4-4 20-24 20-26 0-4 16-22 16-24 0-4 18-24 18-26-2-3 14-18 12-18-2z"/><path class="b" d="M94 52h12v34H94z"/><path class="paper" d="M100 26c10 12 8 22 0 24-8-2-10-12 0-24z"/>',
  },
  cup: {
    label: 'a cup of coffee',
    art: '<path class="line" d="M148 92c30-4 30 42-6 40"/><path class="a" d="M42 80h108v34c0 30-20 44-54 44s-54-14-54-44z"/><ellipse class="ink" cx="96" cy="80" rx="54" ry="12"/><path class="b" d="M30 164h132c-8 12-26 14-66 14s-58-2-66-14z"/><path class="line" d="M78 58c-8-12 8-16 0-30M106 58c-8-12 8-16 0-30"/>',
  },
  plate: {
    label: 'a plate with a fork and a knife',
    art: '<circle class="c" cx="100" cy="104" r="62"/><circle class="a" cx="100" cy="104" r="42"/><path class="b" d="M84 118c-8-28 16-42 34-32 4 24-12 36-34 32z"/><path class="light" d="M86 116l24-22"/><path class="line" d="M22 50v40c0 12 16 12 16 0V50M30 50v112M172 162V48c-14 12-16 40-12 60h12"/>',
  },
  camera: {
    label: 'a camera',
    art: '<path class="b" d="M72 52h56l10 22H62z"/><rect class="a" x="24" y="70" width="152" height="92" rx="16"/><circle class="paper" cx="100" cy="116" r="36"/><circle class="ink" cx="100" cy="116" r="26"/><circle class="c" cx="100" cy="116" r="13"/><circle class="paper" cx="150" cy="88" r="6"/>',
  },
  mountain: {
    label: 'two mountains',
    art: '<circle class="c" cx="146" cy="56" r="22"/><path class="b" d="M74 164l58-88 58 88z"/><path class="a" d="M10 164L82 48l72 116z"/><path class="paper" d="M82 48l22 36-12 12-10-10-14 12-10-12z"/>',
  },
  wave: {
    label: 'waves and the sun',
    art: '<circle class="c" cx="100" cy="74" r="38"/><path class="a" d="M10 108c24-18 42-18 60 0s36 18 60 0 40-18 60 0v62H10z"/><path class="b" d="M10 136c24-16 42-16 60 0s36 16 60 0 40-16 60 0v34H10z"/><path class="light" d="M24 120c14-8 24-8 36 2M124 122c14-10 26-10 38 0"/>',
  },
  note: {
    label: 'two music notes',
    art: '<path class="ink" d="M76 46l78-14v22L88 66v74H76z"/><path class="ink" d="M142 48h12v78h-12z"/><ellipse class="a" cx="66" cy="142" rx="26" ry="19" transform="rotate(-18 66 142)"/><ellipse class="b" cx="132" cy="128" rx="26" ry="19" transform="rotate(-18 132 128)"/>',
  },
  vinyl: {
    label: 'a vinyl record',
    art: '<circle class="ink" cx="100" cy="100" r="76"/><path class="light" d="M44 100a56 56 0 0 1 56-56M156 100a56 56 0 0 1-56 56M60 100a40 40 0 0 1 40-40M140 100a40 40 0 0 1-40 40"/><circle class="a" cx="100" cy="100" r="26"/><circle class="paper" cx="100" cy="100" r="6"/>',
  },
  guitar: {
    label: 'a guitar',
    art: '<path class="ink" d="M118 72l44-44 12 12-44 44z"/><path class="b" d="M156 22l22 22-14 10-18-18z"/><path class="a" d="M124 76c18 18 6 36-8 40-6 24-22 54-50 48-30-6-34-44-10-60 6-4 16-4 18-12 4-20 32-34 50-16z"/><circle class="ink" cx="92" cy="112" r="15"/><path class="light" d="M66 134l20 20"/>',
  },
  laptop: {
    label: 'a laptop',
    art: '<rect class="ink" x="36" y="44" width="128" height="90" rx="10"/><rect class="paper" x="46" y="54" width="108" height="70" rx="4"/><path class="a" d="M56 66h38v8H56zM56 98h28v8H56z"/><path class="b" d="M66 82h58v8H66zM92 98h40v8H92z"/><path class="c" d="M16 140h168l-10 18H26z"/>',
  },
  rings: {
    label: 'two wedding rings',
    art: '<circle class="ring-a" cx="78" cy="118" r="44"/><circle class="ring-b" cx="126" cy="118" r="44"/><path class="c" d="M60 52h36l10 12-28 22-28-22z"/><path class="light" d="M50 64h56M68 64l10 22 10-22"/>',
  },
  heart: {
    label: 'a heart',
    art: '<path class="a" d="M100 166C36 122 22 92 30 66c10-28 52-28 70 4 18-32 60-32 70-4 8 26-6 56-70 100z"/><path class="light" d="M52 84c0-12 8-20 18-20"/>',
  },
  flower: {
    label: 'a flower',
    art: '<path class="line" d="M100 108v70"/><path class="b" d="M100 158c-30 4-44-12-44-30 26-2 42 10 44 30zM100 170c26 2 40-10 42-26-24-2-40 8-42 26z"/><g class="a"><ellipse cx="100" cy="46" rx="19" ry="28"/><ellipse cx="100" cy="46" rx="19" ry="28" transform="rotate(72 100 80)"/><ellipse cx="100" cy="46" rx="19" ry="28" transform="rotate(144 100 80)"/><ellipse cx="100" cy="46" rx="19" ry="28" transform="rotate(216 100 80)"/><ellipse cx="100" cy="46" rx="19" ry="28" transform="rotate(288 100 80)"/></g><circle class="c" cx="100" cy="80" r="17"/>',
  },
  plant: {
    label: 'a plant in a pot',
    art: '<path class="line" d="M100 124V70"/><path class="b" d="M100 96c-34 2-54-16-56-46 36 0 56 16 56 46z"/><path class="c" d="M100 84c0-32 18-50 54-54 2 34-20 54-54 54z"/><path class="a" d="M56 120h88l-12 58H68z"/><path class="ink" d="M50 112h100v16H50z"/>',
  },
  tree: {
    label: 'a tree',
    art: '<path class="ink" d="M92 110h16v66H92z"/><circle class="a" cx="100" cy="76" r="50"/><circle class="b" cx="66" cy="104" r="30"/><circle class="b" cx="136" cy="102" r="32"/><circle class="c" cx="86" cy="62" r="7"/><circle class="c" cx="120" cy="78" r="7"/><circle class="c" cx="138" cy="104" r="7"/>',
  },
  dog: {
    label: 'a dog',
    art: '<path class="a" d="M48 88c0-34 24-52 52-52s52 18 52 52v32c0 34-24 52-52 52s-52-18-52-52z"/><path class="ink" d="M54 50C30 44 20 66 24 92c2 20 18 28 28 12 6-14 10-36 2-54zM146 50c24-6 34 16 30 42-2 20-18 28-28 12-6-14-10-36-2-54z"/><ellipse class="paper" cx="100" cy="128" rx="32" ry="28"/><circle class="ink" cx="80" cy="92" r="8"/><circle class="ink" cx="120" cy="92" r="8"/><path class="ink" d="M84 112c6-6 26-6 32 0 0 12-10 16-16 16s-16-4-16-16z"/><path class="b" d="M90 142h20c2 20-4 26-10 26s-12-6-10-26z"/>',
  },
  cat: {
    label: 'a cat',
    art: '<path class="a" d="M44 44l34 22c14-4 30-4 44 0l34-22c6 22 8 44 4 66-4 36-28 56-60 56s-56-20-60-56c-4-22-2-44 4-66z"/><path class="b" d="M52 58l20 14-16 14zM148 58l-20 14 16 14z"/><ellipse class="ink" cx="78" cy="104" rx="7" ry="10"/><ellipse class="ink" cx="122" cy="104" rx="7" ry="10"/><path class="c" d="M90 124h20l-10 12z"/><path class="line" d="M100 136c-4 12-18 12-22 4M100 136c4 12 18 12 22 4M60 126l-34-6M60 136l-32 8M140 126l34-6M140 136l32 8"/>',
  },
  paw: {
    label: 'a paw print',
    art: '<path class="a" d="M100 100c26 0 52 32 46 54-6 20-28 10-46 10s-40 10-46-10c-6-22 20-54 46-54z"/><ellipse class="b" cx="50" cy="92" rx="16" ry="22" transform="rotate(-24 50 92)"/><ellipse class="b" cx="80" cy="58" rx="17" ry="25" transform="rotate(-8 80 58)"/><ellipse class="b" cx="120" cy="58" rx="17" ry="25" transform="rotate(8 120 58)"/><ellipse class="b" cx="150" cy="92" rx="16" ry="22" transform="rotate(24 150 92)"/>',
  },
  book: {
    label: 'an open book',
    art: '<path class="b" d="M14 60h86v108H14zM100 60h86v108h-86z"/><path class="paper" d="M100 64c-22-18-50-18-76-8v98c26-8 54-8 76 8zM100 64c22-18 50-18 76-8v98c-26-8-54-8-76 8z"/><path class="line" d="M100 64v98M40 78c14-4 30-2 44 4M40 100c14-4 30-2 44 4M40 122c14-4 30-2 44 4M160 78c-14-4-30-2-44 4M160 100c-14-4-30-2-44 4"/><path class="a" d="M140 50l20 4v44l-10-10-10 8z"/>',
  },
  house: {
    label: 'a house',
    art: '<path class="b" d="M138 46h18v40h-18z"/><path class="c" d="M44 92h112v78H44z"/><path class="a" d="M100 32l78 66-12 12-66-54-66 54-12-12z"/><path class="ink" d="M88 124h26v46H88z"/><path class="paper" d="M56 110h22v22H56zM124 110h22v22h-22z"/>',
  },
  vase: {
    label: 'a hand-made vase',
    art: '<path class="a" d="M78 30h44v18c0 14 38 34 38 74 0 34-26 50-60 50s-60-16-60-50c0-40 38-60 38-74z"/><path class="b" d="M44 104c34 12 78 12 112 0 4 10 4 20 4 28-36 12-84 12-120 0 0-8 0-18 4-28z"/><path class="light" d="M58 92c4-8 10-14 14-20"/><ellipse class="ink" cx="100" cy="31" rx="24" ry="7"/>',
  },
  brush: {
    label: 'a brush and paint',
    art: '<path class="a" d="M30 112c0-44 38-72 84-68 44 4 66 34 58 62-6 22-30 14-42 22-14 10 0 28-14 38-30 16-86-10-86-54z"/><circle class="paper" cx="76" cy="86" r="12"/><circle class="b" cx="114" cy="72" r="12"/><circle class="c" cx="142" cy="94" r="11"/><circle class="ink" cx="66" cy="122" r="12"/><path class="ink" d="M170 28l10 8-62 96-14 8 2-16z"/>',
  },
  lotus: {
    label: 'a lotus flower',
    art: '<path class="b" d="M18 98c30-6 54 10 66 48-36 2-60-14-66-48zM182 98c-30-6-54 10-66 48 36 2 60-14 66-48z"/><path class="c" d="M50 60c30 12 44 44 42 86-30-14-46-46-42-86zM150 60c-30 12-44 44-42 86 30-14 46-46 42-86z"/><path class="a" d="M100 36c24 32 24 78 0 112-24-34-24-80 0-112z"/><path class="line" d="M36 166h128"/>',
  },
  dumbbell: {
    label: 'a dumbbell',
    art: '<path class="ink" d="M54 92h92v18H54z"/><rect class="a" x="36" y="56" width="26" height="90" rx="8"/><rect class="a" x="138" y="56" width="26" height="90" rx="8"/><rect class="b" x="16" y="72" width="20" height="58" rx="7"/><rect class="b" x="164" y="72" width="20" height="58" rx="7"/>',
  },
  scissors: {
    label: 'a pair of scissors',
    art: '<path class="ink" d="M62 34l52 92-12 10zM138 34l-52 92 12 10z"/><circle class="ring-a" cx="70" cy="148" r="22"/><circle class="ring-b" cx="130" cy="148" r="22"/><circle class="paper" cx="100" cy="108" r="5"/>',
  },
  balloons: {
    label: 'balloons',
    art: '<path class="line" d="M70 116c4 30 24 40 28 70M132 100c-4 40-26 50-32 86M104 84v100"/><ellipse class="a" cx="64" cy="80" rx="32" ry="38"/><ellipse class="b" cx="138" cy="66" rx="32" ry="38"/><ellipse class="c" cx="102" cy="52" rx="30" ry="36"/><path class="light" d="M48 70c2-10 8-14 14-16M122 54c2-10 8-14 14-16"/>',
  },
  plane: {
    label: 'a paper plane',
    art: '<path class="line" d="M20 170c20-6 22-22 14-30s-20 4-8 16 34 2 44-18"/><path class="a" d="M184 26L22 92l52 22z"/><path class="b" d="M184 26L74 114l6 52 28-34z"/><path class="c" d="M184 26l-76 106 40 22z"/>',
  },
  letter: {
    label: 'a letter',
    art: '<rect class="c" x="26" y="54" width="148" height="102" rx="10"/><path class="a" d="M30 60c24 26 46 46 70 58 24-12 46-32 70-58v-2H30z"/><path class="line" d="M34 148l46-44M166 148l-46-44"/><circle class="b" cx="100" cy="112" r="13"/>',
  },
  bicycle: {
    label: 'a bicycle',
    art: '<circle class="ring-a" cx="52" cy="132" r="34"/><circle class="ring-a" cx="148" cy="132" r="34"/><path class="line" d="M52 132l28-54h52l16 54M80 78l22 54 30-54M52 132h50M76 66h-16M128 66h18l2 8"/><circle class="b" cx="102" cy="132" r="9"/>',
  },
  star: {
    label: 'a star',
    art: '<path class="a" d="M100 22l22 50 54 6-40 36 12 54-48-28-48 28 12-54-40-36 54-6z"/><circle class="paper" cx="84" cy="92" r="6"/><circle class="paper" cx="116" cy="92" r="6"/><path class="light" d="M84 110c8 10 24 10 32 0"/>',
  },
  branch: {
    label: 'a branch with buds',
    art: '<path class="line" d="M40 172C70 130 96 96 156 34M84 118c-8-22-24-30-44-32M112 84c20 4 36 0 52-14M98 101c18 16 36 22 54 20"/><circle class="a" cx="158" cy="32" r="14"/><circle class="b" cx="38" cy="86" r="14"/><circle class="c" cx="166" cy="70" r="12"/><circle class="a" cx="156" cy="122" r="13"/>',
  },
} as const satisfies Record<string, { label: string; art: string }>;

export type Motif = keyof typeof MOTIFS;

const WORDS: readonly [RegExp, Motif][] = [
  [/\b(dogs?|pupp(y|ies)|hound|terrier|labrador|dackel|corgi)\b/i, 'dog'],
  [/\b(cats?|kittens?|kitty)\b/i, 'cat'],
  [/\b(pets?|animals?|vet)\b/i, 'paw'],
  [/\b(croissants?|pastr(y|ies))\b/i, 'croissant'],
  [/\b(cakes?|birthdays?|cupcakes?|pies?|desserts?)\b/i, 'cake'],
  [/\b(breads?|loa(f|ves)|baker(y|s)?|baking|sourdough|rye)\b/i, 'bread'],
  [/\b(coffee|tea|caf[eé]s?|espresso|drinks?|breakfast)\b/i, 'cup'],
  [/\b(food|restaurants?|menus?|dinner|lunch|kitchen|cook(ing)?|recipes?|pizza|bistro|dish(es)?)\b/i, 'plate'],
  [/\b(photos?|photograph\w*|pictures?|portraits?|camera)\b/i, 'camera'],
  [/\b(mountains?|hik(e|es|ing)|climb\w*|ski\w*|outdoors?|alps)\b/i, 'mountain'],
  [/\b(sea|ocean|beach|surf\w*|swim\w*|sail\w*|boats?|lake|river|waves?)\b/i, 'wave'],
  [/\b(guitars?|concerts?|gigs?|tours?)\b/i, 'guitar'],
  [/\b(records?|albums?|vinyl|dj|disco\w*)\b/i, 'vinyl'],
  [/\b(music\w*|bands?|songs?|sing\w*|choir|piano|violin|jazz)\b/i, 'note'],
  [/\b(code|coding|software|develop\w*|program\w*|computers?|apps?|projects?|tech)\b/i, 'laptop'],
  [/\b(weddings?|marr\w*|engage\w*)\b/i, 'rings'],
  [/\b(love|famil(y|ies)|children|kids|baby)\b/i, 'heart'],
  [/\b(flowers?|florist|bouquets?|roses?)\b/i, 'flower'],
  [/\b(plants?|garden\w*|vegetables?|herbs?)\b/i, 'plant'],
  [/\b(trees?|forest|nature|woods?)\b/i, 'tree'],
  [/\b(books?|read\w*|writ\w*|stor(y|ies)|novels?|poe\w*|blog|posts?|news|journal|lessons?|tutor\w*|teach\w*|school|course\w*)\b/i, 'book'],
  [/\b(house|home|rooms?|hotel|apartments?|architect\w*|guests?)\b/i, 'house'],
  [/\b(potter\w*|ceramics?|clay|vases?|craft\w*|handmade)\b/i, 'vase'],
  [/\b(art|artists?|paint\w*|draw\w*|design\w*|illustrat\w*|gallery|works?)\b/i, 'brush'],
  [/\b(yoga|meditation|massage|wellness|spa|pilates)\b/i, 'lotus'],
  [/\b(gym|fitness|train\w*|sports?|workout|football|running)\b/i, 'dumbbell'],
  [/\b(hair\w*|barber|salon|beauty|tailor)\b/i, 'scissors'],
  [/\b(part(y|ies)|events?|celebrat\w*|festival)\b/i, 'balloons'],
  [/\b(travel\w*|trips?|journey|holidays?|flights?)\b/i, 'plane'],
  [/\b(contact|mail|letters?|address|newsletter)\b/i, 'letter'],
  [/\b(bik(e|es|ing)|bicycles?|cycl\w*)\b/i, 'bicycle'],
];

/** The drawing for a text, by the first word that one is known for. */
export function motifIn(text: string): Motif | null {
  let best: { at: number; motif: Motif } | null = null;
  for (const [words, motif] of WORDS) {
    const at = words.exec(text)?.index;
    if (at !== undefined && (best === null || at < best.at)) best = { at, motif };
  }
  return best?.motif ?? null;
}
